"""A move is whole or it is not: whatever stops it leaves the PostgreSQL without a row and the SQLite in use."""

import os
import shutil
import signal
import sqlite3
import subprocess
from contextlib import closing, suppress
from functools import partial
from pathlib import Path

import psycopg
import pytest

from portal.cli import move as command
from portal.data_folder import DataFolder
from portal.extensions import db
from portal.move import moving
from portal.move.fault import MoveFault
from portal.move.schema import make_tables
from portal.move.source import Snapshot
from portal.move.tables import tables
from portal.move.target import Target
from tests.cast import PASSWORD

POINTS = [
    ("Reading person", 2), ("Copying access", 1), ("Copying key", 2), ("Copying key_rule", 3),
    ("Copying key_secret", 2), ("Comparing access", 1), ("Comparing secret_leak", 1),
    ("Checking the chain of audit", 2),
]  # fmt: skip


@pytest.fixture
def filled(shell, folder, app, engine):
    shell("devdata", "--keys", "1000", "--users", "50", "--password-stdin", stdin=PASSWORD)
    engine.dispose()
    with app.app_context():
        db.engine.dispose()  # a process that is forked must find none of these open
    return folder


@pytest.fixture
def killed(shell, place):
    """Move in a process of its own that is killed when `patch` says so."""

    def run(patch):
        child = os.fork()
        if not child:
            patch()
            shell("data", "move", "--to", place.url)
            os._exit(0)
        _child, status = os.waitpid(child, 0)
        place.wait_until_left()
        return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL

    return run


def kill(*_ignored):
    os.kill(os.getpid(), signal.SIGKILL)


def killing(point, times):
    """What kills its process when it is told for the so-manieth time that there is more of something."""
    left = [times]

    def more(_more):
        left[0] -= 1
        if not left[0]:
            kill()

    return lambda what, table, _total: more if f"{what} {table}" == point else (lambda _more: None)


def test_a_move_that_is_killed_leaves_nothing_and_can_be_repeated(killed, shell, place, filled):
    for point, times in POINTS:
        assert killed(partial(setattr, command, "_telling", killing(point, times))), point
        assert place.rows() == {}
        assert not filled.moved.exists()

    assert shell("data", "move", "--to", place.url).exit_code == 0
    assert place.rows()["key"] == 1000
    assert filled.moved.exists()


@pytest.fixture
def move(folder, place):
    """Move as the command does, and do something at a certain moment."""

    def do(when, act, database=place):
        target = Target(database.url)
        make_tables(target, folder)

        def tell(what, table, total):
            return (lambda more: act(connection)) if f"{what} {table}" == when else (lambda more: None)

        with closing(Snapshot(folder.database)) as snapshot:
            moving.refuse_misfits(snapshot, lambda *_: lambda more: None)
            with target.transaction() as connection:
                compared = moving.move(snapshot, connection, target.name, None, tell)
                with snapshot.nobody_writes():
                    return compared

    return do


def test_a_connection_that_is_lost_leaves_nothing(move, place, lived_in):
    with pytest.raises(MoveFault, match=r"Nothing was moved\. The database moved_\d+ on .*: .+"):
        move("Copying key", lambda _connection: end_all(place))

    assert place.rows() == {}


def end_all(place):
    others = "datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    place.ask(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {others}")


def test_a_full_disk_leaves_nothing(move, make_place, lived_in, small_disk, socket):
    with psycopg.connect(f"host={socket} user=portal dbname=postgres", autocommit=True) as connection:
        connection.execute(f"CREATE TABLESPACE small LOCATION '{small_disk}'")
        place = make_place("TABLESPACE small TEMPLATE migrated")

        def fill(_connection):
            full = os.open(small_disk / "full", os.O_CREAT | os.O_WRONLY)
            with suppress(OSError):
                while True:
                    os.write(full, b"0" * 4096)
            os.close(full)

        try:
            with pytest.raises(MoveFault, match="its disk is full"):
                move("Copying audit", fill, place)
            (small_disk / "full").unlink()
            assert place.rows() == {}
            assert move("", None, place)["person"] == 2
        finally:
            connection.execute(f"DROP DATABASE {place.name} WITH (FORCE)")
            connection.execute("DROP TABLESPACE small")


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 40 MB, which only root can make."""
    path = Path("/tmp") / f"small-{os.getpid()}"
    path.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", path], check=False).returncode == 0
    try:
        if not mounted:
            pytest.skip("No disk can be made here.")
        (path / "space").mkdir()
        shutil.chown(path / "space", "postgres")
        yield path / "space"
    finally:
        if mounted:
            subprocess.run(["umount", path], check=True)
        path.rmdir()


def test_who_writes_meanwhile_is_not_held_up_but_found(move, place, lived_in, folder):
    def write(_connection):
        with closing(sqlite3.connect(folder.database, timeout=0)) as other, other:
            other.execute("UPDATE person SET last_seen_at = 1")

    with pytest.raises(MoveFault, match="Somebody has changed the database while it was moved"):
        move("Comparing person", write)

    assert place.rows() == {}


def test_nobody_writes_into_the_target_meanwhile(move, place, lived_in):
    def write(_connection):
        with pytest.raises(psycopg.errors.LockNotAvailable):
            place.ask("SET lock_timeout = 10; INSERT INTO usage_day VALUES (1, 1, 1, 1)")

    move("Copying person", write)

    assert place.rows()["person"] == 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("DELETE FROM key_rule WHERE id = 2", "key_rule: id 2 is not where it should be, but id 3 is"),
        ("DELETE FROM outbox", "outbox: id 5 is in one database only"),
        ("INSERT INTO usage_day VALUES (4, 5, 6, 7)", "usage_day has a row too many: key_id 4, day 5"),
        ("UPDATE person SET created_at = created_at + 1 WHERE id = 1", "person: id 1 differs in created_at"),
        ("UPDATE site SET value = ' 300', version = 2", "site: name 'longest_days' differs in value, version"),
        ("UPDATE connected_app SET secret_digest = sha256('')", "connected_app: id 1 differs in secret_digest"),
        ("UPDATE quota SET used = NULLIF(used, 17) + 1 WHERE used = 3", "quota: key_id"),
    ],
)
def test_every_difference_is_found_and_named(move, place, lived_in, change, said):
    with pytest.raises(MoveFault) as fault:
        move("Comparing access", lambda connection: connection.exec_driver_sql(change))

    assert f"Nothing was moved. {said}" in str(fault.value)
    assert place.rows() == {}


def test_a_trail_that_arrives_otherwise_is_found(move, place, lived_in):
    with pytest.raises(MoveFault, match=r"The audit trail that arrived does not hold at entry 2\."):
        move("Checking the chain of audit", alter_the_trail)

    assert place.rows() == {}


def alter_the_trail(connection):
    connection.exec_driver_sql("UPDATE audit SET body = '{}' WHERE seq = 2")


def test_a_move_that_is_killed_after_its_commit_is_finished_by_repeating_it(killed, shell, place, filled):
    assert killed(partial(setattr, command, "_mark", kill))
    assert place.rows()["key"] == 1000
    assert not filled.moved.exists()

    result = shell("data", "move", "--to", place.url)

    assert result.exit_code == 0, result.output
    assert "Copying" not in result.stderr
    assert filled.moved.exists()


def test_it_is_not_taken_for_finished_when_anything_differs(shell, complaint, place, lived_in, folder):
    shell("data", "move", "--to", place.url)
    folder.moved.unlink()
    place.ask("UPDATE quota SET used = used + 1")

    assert "quota: " in shell("data", "move", "--to", place.url).stderr.splitlines()[-1]
    assert not folder.moved.exists()


def test_memory_does_not_grow_with_the_rows(filled):
    longest = max(len(page) for table in tables() for page in pages_of(filled, table))

    assert longest <= 2_000


def pages_of(folder: DataFolder, table):
    with closing(Snapshot(folder.database)) as snapshot:
        yield from snapshot.pages(table)
