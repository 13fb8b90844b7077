"""SQLite as the portal uses it: WAL, full durability, and one writer at a time over all processes.

SQLite 3.7.0 to 3.51.2 has the WAL-reset bug: a write that meets a checkpoint of another connection at the same instant
can lose committed pages (https://sqlite.org/wal.html#walresetbug). On those versions every write transaction and every
checkpoint of every process runs under one file lock, and nothing checkpoints by itself. See docs/adr/0005-sqlite.md.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from portal.errors import Unavailable
from portal.file_lock import FileLock

BUSY_SECONDS = 3  # a page that says "try again" soon is better than one that comes late
_REPAIRED = {(3, 44): 6, (3, 50): 7}


def has_wal_reset_bug(version: tuple[int, int, int] = sqlite3.sqlite_version_info) -> bool:
    """Return whether this SQLite can lose a commit that races a checkpoint."""
    repaired_patch = _REPAIRED.get(version[:2])
    if repaired_patch is not None and version[2] >= repaired_patch:
        return False
    return (3, 7, 0) <= version < (3, 51, 3)


def about() -> str:
    """Return what a start says about the SQLite it found."""
    if not has_wal_reset_bug():
        return f"SQLite {sqlite3.sqlite_version}."
    return (
        f"SQLite {sqlite3.sqlite_version} has the WAL-reset bug; one lock around every write keeps it harmless "
        "(docs/adr/0005-sqlite.md)."
    )


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """Open the database in autocommit mode, usable from any thread (the caller keeps threads apart).

    Raises:
        Unavailable: the file is not there or cannot be opened.

    """
    try:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=rw",
            uri=True, isolation_level=None, timeout=BUSY_SECONDS, check_same_thread=False,
        )  # fmt: skip
        configure(connection)
        connection.execute(f"PRAGMA query_only = {int(read_only)}")
    except sqlite3.Error as error:
        raise Unavailable(f"The database {path} cannot be opened: {error}.") from error
    return connection


def configure(connection: sqlite3.Connection) -> None:
    """Set the pragmas that every connection of the portal needs."""
    connection.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    if has_wal_reset_bug():
        connection.execute("PRAGMA wal_autocheckpoint = 0")


class WriteLock:
    """The file lock beside the database that orders writers and checkpoints of all processes.

    Does nothing on a SQLite that needs no lock. One object serves one connection.
    """

    def __init__(self, database: Path) -> None:
        self._lock = FileLock(database.with_name(f"{database.name}.write-lock"))

    def acquire(self) -> None:
        """Wait for the lock.

        Raises:
            Unavailable: another writer held it for longer than the busy time.

        """
        if has_wal_reset_bug() and not self._lock.take(BUSY_SECONDS):
            raise Unavailable("Another process has been writing for too long.")

    def release(self) -> None:
        """Give the lock back; does nothing when it is not held."""
        self._lock.release()


@contextmanager
def write_transaction(connection: sqlite3.Connection, lock: WriteLock) -> Iterator[None]:
    """Run a `BEGIN IMMEDIATE` transaction under the lock; commit at the end, roll back on any exception."""
    lock.acquire()
    try:
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:  # some faults of COMMIT end it, others leave it open
                connection.execute("ROLLBACK")
            raise
    finally:
        lock.release()


def wal_written(database: Path) -> tuple[int, int] | None:
    """Return what changes whenever something is written to the WAL; None where there is none."""
    try:
        wal = os.stat(database.with_name(f"{database.name}-wal"))
    except FileNotFoundError:
        return None
    return wal.st_mtime_ns, wal.st_size


def checkpoint(connection: sqlite3.Connection, lock: WriteLock) -> None:
    """Move what the WAL holds into the database, as far as no reader stands in the way."""
    lock.acquire()
    try:
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
    finally:
        lock.release()
