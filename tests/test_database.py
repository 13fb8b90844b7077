"""What happens to the database when newer code meets it."""

import shutil
import sqlite3
import stat
from contextlib import closing

import pytest

from portal import database, schema
from portal.config import ROOT
from portal.errors import CannotStart
from tests.cast import ALICE
from tests.conftest import bare_app

NEWER = """
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "{revision}", "{before}", None, None

def upgrade():
    op.create_table("extra", sa.Column("id", sa.Integer, primary_key=True))
    {last_line}
"""


@pytest.fixture
def newest(folder):
    return rows(folder, "SELECT version_num FROM alembic_version")[0][0]


@pytest.fixture
def newer_code(tmp_path, monkeypatch, newest):
    """Code with one more migration, whose last line is `last_line`."""
    shutil.copytree(ROOT / "migrations", tmp_path / "migrations")
    monkeypatch.setattr(schema, "ROOT", tmp_path)

    def add(last_line="pass"):
        text = NEWER.format(revision="9999", before=newest, last_line=last_line)
        (tmp_path / "migrations" / "versions" / "9999_extra.py").write_text(text)

    return add


@pytest.fixture
def make_ready(folder):
    """Make the database ready, and return what was said."""

    def make():
        said = []
        with bare_app(folder.path).app_context(), database.one_at_a_time(folder):
            database.make_ready(folder, said.append)
            database.db.engine.dispose()
        return said

    return make


def rows(folder, statement, file=None):
    with closing(sqlite3.connect(file or folder.database)) as connection:
        return connection.execute(statement).fetchall()


def test_where_nothing_changed_nothing_is_said(make_ready, folder):
    assert make_ready() == []
    assert not (folder.path / "copies").exists()


def test_newer_code_migrates_and_keeps_a_copy(make_ready, folder, alice, newer_code, newest):
    newer_code()

    said = make_ready()

    (copy,) = (folder.path / "copies").iterdir()
    assert said == [f"Updating the database from {newest} to 9999; as it was, it is kept in {copy} …"]
    assert rows(folder, "SELECT version_num FROM alembic_version") == [("9999",)]
    assert rows(folder, "SELECT email FROM person", copy) == [(ALICE,)]
    assert rows(folder, "SELECT version_num FROM alembic_version", copy) == [(newest,)]
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600


def test_a_migration_that_fails_changes_nothing(make_ready, folder, alice, newer_code, newest):
    newer_code("raise RuntimeError('the power went')")

    with pytest.raises(RuntimeError, match="the power went"):
        make_ready()

    assert rows(folder, "SELECT version_num FROM alembic_version") == [(newest,)]
    assert rows(folder, "SELECT name FROM sqlite_master WHERE name = 'extra'") == []


def test_older_code_leaves_the_database_alone(make_ready, newer_code, monkeypatch):
    newer_code()
    make_ready()
    monkeypatch.setattr(schema, "ROOT", ROOT)

    with pytest.raises(CannotStart, match="is newer than this code: it stands at 9999"):
        make_ready()


def test_a_database_that_is_gone_is_missed_and_none_begun_in_its_place(make_ready, folder):
    folder.database.unlink()

    with pytest.raises(CannotStart, match=r"is gone, and .* is still there. Put it back, or restore a backup"):
        make_ready()

    assert not folder.database.exists()


def test_an_emptied_database_is_missed_too(make_ready, folder):
    folder.database.write_bytes(b"")

    with pytest.raises(CannotStart, match="is gone"):
        make_ready()


def test_who_moves_the_journal_away_begins_anew(make_ready, folder):
    folder.database.unlink()
    folder.journal.unlink()

    assert make_ready() == ["Making the database …"]


def test_a_journal_of_another_installation_revokes_nothing(make_ready, folder, alice, issue):
    key, _token = issue(alice)
    folder.journal.write_text(f"journal abcd 1\n1 {key.public_id}")

    assert make_ready() == []

    assert rows(folder, "SELECT revoked_at FROM key") == [(None,)]


def test_the_folder_of_copies_is_for_its_owner_only(make_ready, folder, newer_code):
    newer_code()
    make_ready()

    assert stat.S_IMODE((folder.path / "copies").stat().st_mode) == 0o700
