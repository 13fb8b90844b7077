"""What is wrong is said in one line, and the exit status is not 0."""

import json
import socket
import sqlite3
from contextlib import closing

import pytest

from portal.data_folder import DataFolder

pytestmark = pytest.mark.server


@pytest.fixture
def complaint(start):
    """Start a house that cannot start; return the last line it printed."""

    def begin(folder=None, **settings):
        house = start(folder, **settings)
        assert house.wait_until_ended() != 0
        assert "Traceback" not in house.output
        assert "Ctrl-C" not in house.output
        return house.output.splitlines()[-1]

    return begin


@pytest.fixture
def taken_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]


def test_a_busy_port_is_named(complaint, taken_port):
    line = complaint(port=taken_port)

    assert f"Port {taken_port} on 127.0.0.1 cannot be used: address already in use. Set PORT to another." in line


def test_a_busy_port_of_the_lane_is_named(complaint, taken_port):
    line = complaint(PORTAL_VERIFY_PORT=str(taken_port))

    assert f"Port {taken_port} on 127.0.0.1" in line
    assert "PORTAL_VERIFY_PORT" in line


def test_a_folder_that_cannot_be_written_is_named(complaint, tmp_path):
    (tmp_path / "file").write_text("not a folder")

    assert f"The data folder {tmp_path / 'file' / 'data'} cannot be written" in complaint(tmp_path / "file" / "data")


def test_a_newer_database_is_left_alone(complaint, folder):
    with closing(sqlite3.connect(folder.database, isolation_level=None)) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")

        assert "is newer than this code: it stands at 9999" in complaint(folder.path)
        assert database.execute("SELECT count(*) FROM pepper").fetchall() == [(0,)]


def test_a_file_that_is_no_database_is_left_alone(complaint, folder):
    folder.database.write_text("These are the accounts of 1987." * 100)

    assert f"The database {folder.database} cannot be used: file is not a database." in complaint(folder.path)


def test_another_pepper_is_noticed(complaint, folder, known_pepper):
    folder.peppers.write_text(json.dumps({"1": "ab" * 32}))

    assert "does not fit the database: pepper 1, which keys were made with, is another one in it" in complaint(
        folder.path
    )


def test_a_pepper_that_is_gone_is_noticed(complaint, folder, known_pepper):
    folder.peppers.write_text(json.dumps({"2": "ab" * 32}))

    assert "pepper 1, which keys were made with, is missing from it" in complaint(folder.path)


def test_a_lost_pepper_file_is_noticed(complaint, folder, known_pepper):
    folder.peppers.unlink()

    assert f"The pepper file {folder.peppers} does not fit the database" in complaint(folder.path)


@pytest.fixture
def known_pepper(folder: DataFolder, engine, session, peppers):
    """The database was used with the folder's pepper."""
    from portal.keys.known_peppers import recognize

    assert recognize(session, peppers) is None
    session.commit()


def test_a_weak_password_for_the_first_admin_is_refused(complaint):
    assert "PORTAL_ADMIN_PASSWORD: this password is guessable" in complaint(PORTAL_ADMIN_PASSWORD="password123")


def test_a_first_admin_without_an_address_is_refused(complaint):
    assert "PORTAL_ADMIN_EMAIL: ada is not an e-mail address." in complaint(PORTAL_ADMIN_EMAIL="ada")


def test_a_setting_that_cannot_be_is_named(complaint):
    assert "PORTAL_SIGN_UP" in complaint(PORTAL_SIGN_UP="sometimes")


def test_an_address_of_another_machine_is_refused(complaint):
    assert "192.0.2.1" in complaint(HOST="192.0.2.1")
