"""Proof that a SQLite database in WAL mode has not changed: the header of its WAL-index, which lies in shared memory.

Every commit rewrites this header as its last step, before COMMIT returns (https://sqlite.org/walformat.html, section
2.1). So one comparison of 48 bytes tells whether anything was committed since, and costs no call of SQLite. Where the
header cannot be mapped, `PRAGMA data_version` tells the same, twenty times slower.
"""

import mmap
import os
import sqlite3
import threading
from pathlib import Path
from typing import Protocol

_HEADER_BYTES = 48
# Closing any descriptor of a file drops all POSIX locks that this process has on it, those of SQLite among them: what
# was mapped stays mapped, and its descriptor open, until the process ends.
_mapped: dict[tuple[int, int], tuple[int, mmap.mmap]] = {}
_mapping = threading.Lock()


class Proof(Protocol):
    """Tells whether a database has changed."""

    def mark(self) -> object:
        """Return a value that is another one after each commit of another connection."""

    def is_of(self, path: Path) -> bool:
        """Return whether it still speaks of the database at `path`."""


class WalIndex:
    """The mapped header of the database at `path`, to which a connection must be open, and stay open, that has read."""

    def __init__(self, path: Path) -> None:
        """Map the header; raises OSError or ValueError where that cannot be done."""
        self._which, self._header = _map(_index_of(path))

    def mark(self) -> bytes:
        """Return the header as it is now."""
        return self._header[:_HEADER_BYTES]

    def is_of(self, path: Path) -> bool:
        """Return whether the file is still the one that was mapped."""
        try:
            return _identity(os.stat(_index_of(path))) == self._which
        except OSError:
            return False


class DataVersion:
    """The `data_version` of a connection of its own.

    A statement of somebody else that is under way on the same connection would hold it to what was before.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._which = _identity(os.stat(path))
        self._one_at_a_time = threading.Lock()

    def mark(self) -> object:
        """Return the number that SQLite changes with each commit of another connection; raises sqlite3.Error."""
        with self._one_at_a_time:
            return self._connection.execute("PRAGMA data_version").fetchone()

    def is_of(self, path: Path) -> bool:
        """Return whether the database is still the one that was opened."""
        try:
            return _identity(os.stat(path)) == self._which
        except OSError:
            return False


def _map(path: Path) -> tuple[tuple[int, int], mmap.mmap]:
    with _mapping:
        which = _identity(os.stat(path))
        if which not in _mapped:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            which = _identity(os.fstat(descriptor))
            _mapped[which] = descriptor, mmap.mmap(descriptor, _HEADER_BYTES, access=mmap.ACCESS_READ)
        return which, _mapped[which][1]


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _index_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-shm")
