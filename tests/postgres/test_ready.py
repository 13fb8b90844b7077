"""What happens to a PostgreSQL when a portal starts on it."""

import json
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from portal import database
from portal.config import ROOT
from portal.data_folder import DataFolder
from portal.errors import CannotStart
from portal.extensions import db
from portal.keys import journal, lifecycle

TOGETHER = """
import sys
from pathlib import Path
from portal import database
from portal.config import Settings
from portal.data_folder import DataFolder
from portal.server.first_admin import make_first_admin

path, url = sys.argv[1:]
settings = Settings(PORTAL_DATA_DIR=Path(path), PORTAL_DATABASE_URL=url)
folder, where = DataFolder(settings.data_dir), settings.postgres_address
with database.one_at_a_time(folder, where), database.bound_app(folder, where).app_context():
    database.make_ready(folder, print)
    make_first_admin(settings)
"""


@pytest.fixture
def empty(socket, database) -> str:
    """The name of an empty database."""
    name = f"{database}_empty"
    with closing(psycopg.connect(f"host={socket} user=portal dbname=postgres", autocommit=True)) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield name
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def on(socket):
    """Start on a database with a data folder, as far as serving; return what was said."""

    def start(name: str, folder: DataFolder) -> list[str]:
        said: list[str] = []
        address = f"host={socket} user=portal dbname={name}"
        folder.prepare()
        with database.one_at_a_time(folder, address), database.bound_app(folder, address).app_context():
            try:
                database.make_ready(folder, said.append)
            finally:
                db.engine.dispose()
        return said

    return start


@pytest.fixture
def further(folder, tmp_path) -> DataFolder:
    """The data folder of a further machine, with a copy of the secrets."""
    shutil.copytree(folder.peppers.parent, tmp_path / "further" / "secrets")
    return DataFolder(tmp_path / "further")


def rows(socket, name, query):
    with closing(psycopg.connect(f"host={socket} user=portal dbname={name}", autocommit=True)) as connection:
        return connection.execute(query).fetchall()


def test_an_empty_database_is_made_and_a_start_after_it_says_nothing(on, empty, further):
    assert on(empty, further) == ["Making the database …"]
    assert on(empty, further) == []


def test_eight_processes_that_start_at_once_make_schema_and_admin_once(socket, empty, tmp_path, folder):
    starts = []
    for number in range(8):
        path = tmp_path / f"machine-{number}"
        shutil.copytree(folder.peppers.parent, path / "secrets")
        command = [sys.executable, "-c", TOGETHER, path, f"postgresql://portal@/{empty}?host={socket}"]
        starts.append(subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True))
    said = [start.communicate(timeout=120)[0] for start in starts]
    assert [start.returncode for start in starts] == [0] * 8, said
    assert sum(text.count("Making the database …") for text in said) == 1
    assert sum(text.count("The first admin is") for text in said) == 1
    assert rows(socket, empty, "SELECT count(*) FROM person") == [(1,)]


def test_a_further_machine_begins_a_journal_of_its_own_with_what_is_revoked(
    on, database, folder, further, session, alice, issue, as_alice
):
    on(database, folder)
    key, _ = issue(alice)
    lifecycle.revoke(session, as_alice, key)
    session.commit()

    (said,) = on(database, further)

    assert said == f"{further.journal} begins with this start, with every key that is revoked by now."
    assert journal.read(further.journal) == [key.public_id]


def test_a_dump_that_was_put_back_revokes_what_any_machine_knows_to_be_revoked(
    on, database, folder, further, session, alice, issue
):
    on(database, further)
    keys = [issue(alice, name)[0] for name in ("one", "two")]
    for place, key in zip((folder, further), keys, strict=True):
        journal.add(place.journal, [key.public_id])

    assert on(database, folder) == [f"Revoked {keys[0].public_id}, as {folder.journal} says."]
    assert on(database, further) == [f"Revoked {keys[1].public_id}, as {further.journal} says."]


def test_with_secrets_of_its_own_a_machine_is_refused_before_anything_is_written(
    on, socket, database, folder, tmp_path
):
    on(database, folder)
    stranger = DataFolder(tmp_path / "stranger")
    before = dump(socket, database)

    with pytest.raises(CannotStart, match="Copy the folder secrets of the machine that has used this database to"):
        on(database, stranger)

    assert dump(socket, database) == before
    assert not stranger.journal.exists()


def dump(socket: Path, name: str) -> str:
    tables = rows(socket, name, "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    counts = {table: rows(socket, name, f'SELECT t::text FROM "{table}" t ORDER BY 1') for (table,) in tables}
    return json.dumps(counts)


def test_a_newer_database_is_left_alone(on, socket, database, folder):
    on(database, folder)
    with closing(psycopg.connect(f"host={socket} user=portal dbname={database}", autocommit=True)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(CannotStart, match=f"^The database {database} on {socket} is newer than this code") as refused:
        on(database, folder)
    assert "\n" not in str(refused.value)


def test_an_empty_database_in_the_place_of_a_full_one_is_missed(on, empty, folder):
    with pytest.raises(CannotStart, match=r"is empty, and .* is of a portal that had one. Put its dump back, or"):
        on(empty, folder)


def test_a_server_that_is_out_of_reach_is_told_in_one_line(tmp_path, folder):
    with (
        pytest.raises(CannotStart) as stopped,
        database.one_at_a_time(folder, f"host={tmp_path} dbname=keys password=hush"),
    ):
        pass
    assert str(stopped.value).startswith(f"The database keys on {tmp_path} cannot be used: ")
    assert "\n" not in str(stopped.value)
    assert "hush" not in str(stopped.value)


def test_a_database_of_another_encoding_is_refused(socket, folder, on):
    with closing(psycopg.connect(f"host={socket} user=portal dbname=postgres", autocommit=True)) as connection:
        connection.execute("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
        try:
            with pytest.raises(CannotStart, match="it keeps texts as LATIN1, and the portal needs UTF8"):
                on("latin", folder)
        finally:
            connection.execute("DROP DATABASE latin WITH (FORCE)")
