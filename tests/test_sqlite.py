"""One writer at a time where SQLite needs it, and nothing held that should not be."""

import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager, suppress

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal import sqlite
from portal.config import ROOT
from portal.errors import Unavailable
from portal.extensions import WRITES

HOLD = """
import sys
from pathlib import Path
from portal import sqlite
sqlite.has_wal_reset_bug = lambda: True
lock = sqlite.WriteLock(Path(sys.argv[1]))
lock.acquire()
print("held", flush=True)
sys.stdin.read()
"""

# Nobody has the number 77; said at COMMIT, because the check is put off until then.
AN_ORPHAN = "INSERT INTO banner (person_id, kind, body, made_at) VALUES (77, 'x', '{}', 0)"
LATER = "PRAGMA defer_foreign_keys = ON"


@pytest.fixture
def with_the_bug(monkeypatch):
    monkeypatch.setattr(sqlite, "has_wal_reset_bug", lambda: True)
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.1)


@pytest.fixture
def without_the_bug(monkeypatch):
    monkeypatch.setattr(sqlite, "has_wal_reset_bug", lambda: False)


@pytest.fixture
def lock(folder):
    lock = sqlite.WriteLock(folder.database)
    yield lock
    lock.release()


@pytest.fixture
def connection(folder):
    with closing(sqlite.connect(folder.database)) as connection:
        yield connection


@contextmanager
def another_process_writes(folder):
    command = [sys.executable, "-c", HOLD, str(folder.database)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout.readline() == "held\n"
        yield


def is_free(folder):
    """Whether the next writer would get the lock at once."""
    other = sqlite.WriteLock(folder.database)
    try:
        other.acquire()
    except Unavailable:
        return False
    other.release()
    return True


def leave_an_orphan(connection, lock):
    with sqlite.write_transaction(connection, lock):
        connection.execute(LATER)
        connection.execute(AN_ORPHAN)


@pytest.mark.parametrize(
    ("version", "has_it"),
    [
        ((3, 6, 23), False),
        ((3, 7, 0), True),
        ((3, 40, 1), True),
        ((3, 44, 5), True),
        ((3, 44, 6), False),
        ((3, 45, 0), True),
        ((3, 50, 6), True),
        ((3, 50, 7), False),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
        ((3, 52, 0), False),
        ((4, 0, 0), False),
    ],
)
def test_the_versions_with_the_bug_are_known(version, has_it):
    assert sqlite.has_wal_reset_bug(version) is has_it


def test_two_processes_never_write_at_once(with_the_bug, folder):
    with another_process_writes(folder):
        assert not is_free(folder)

    assert is_free(folder)


def test_a_writer_that_waits_too_long_is_told(with_the_bug, folder, lock):
    with another_process_writes(folder), pytest.raises(Unavailable, match="writing for too long"):
        lock.acquire()


def test_a_checkpoint_waits_for_a_writer(with_the_bug, folder, connection, lock):
    with another_process_writes(folder), pytest.raises(Unavailable):
        sqlite.checkpoint(connection, lock)


def test_where_there_is_no_bug_nobody_waits(without_the_bug, folder, lock):
    with another_process_writes(folder):
        lock.acquire()


def test_a_commit_that_fails_is_rolled_back_and_leaves_the_lock(with_the_bug, folder, connection, lock):
    with pytest.raises(sqlite3.IntegrityError):
        leave_an_orphan(connection, lock)

    assert not connection.in_transaction
    assert is_free(folder)


def test_a_fault_is_rolled_back_and_leaves_the_lock(with_the_bug, folder, connection, lock):
    with suppress(ZeroDivisionError), sqlite.write_transaction(connection, lock):
        connection.execute("INSERT INTO site VALUES ('canary', '1', 1)")
        raise ZeroDivisionError

    assert connection.execute("SELECT count(*) FROM site").fetchone() == (0,)
    assert is_free(folder)


def test_a_session_whose_commit_fails_leaves_the_lock(with_the_bug, folder, engine):
    with Session(engine.execution_options(**{WRITES: True})) as session:
        session.execute(text(LATER))
        session.execute(text(AN_ORPHAN))
        assert not is_free(folder)
        with pytest.raises(IntegrityError):
            session.commit()

    assert is_free(folder)


def test_a_database_that_is_not_there_is_not_made(tmp_path):
    with pytest.raises(Unavailable, match="cannot be opened"):
        sqlite.connect(tmp_path / "portal.db")

    assert list(tmp_path.iterdir()) == []


def test_the_start_says_which_sqlite_it_found_and_what_that_means(with_the_bug):
    assert sqlite.about() == (
        f"SQLite {sqlite3.sqlite_version} has the WAL-reset bug; one lock around every write keeps it harmless "
        "(docs/adr/0005-sqlite.md)."
    )


def test_about_a_good_sqlite_there_is_little_to_say(without_the_bug):
    assert sqlite.about() == f"SQLite {sqlite3.sqlite_version}."
