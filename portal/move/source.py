"""The SQLite database that is moved, as it was at one moment; whoever writes meanwhile is not held up, but found."""

import sqlite3
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from portal import sqlite
from portal.errors import Unavailable
from portal.move.fault import MoveFault
from portal.move.tables import LEFT_OUT, MOVED, REVISION, Table

PAGE = 2_000  # rows
_CACHE = "PRAGMA cache_size = -65536"  # 64 MiB: rows are read in the order of their keys, not in that of the file


class Snapshot:
    """One moment of the database at `path`. Its rows come in the order of their keys, page by page."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._watch = sqlite.connect(path)
        self._version = self._data_version()  # before the snapshot: what is written between counts as written since
        self._connection = sqlite.connect(path, read_only=True)
        self._connection.text_factory = partial(str, encoding="utf-8", errors="surrogateescape")
        self._connection.execute(_CACHE)
        self._connection.execute("BEGIN")

    def close(self) -> None:
        """End the snapshot."""
        self._connection.close()
        self._watch.close()

    def revision(self) -> str:
        """Return the migration at which the database stands."""
        return str(self._all(f"SELECT version_num FROM {REVISION}")[0][0])  # noqa: S608

    def count(self, table: Table) -> int:
        """Return how many rows a table has."""
        return int(self._all(f'SELECT count(*) FROM "{table.name}"')[0][0])  # noqa: S608  # names of our own

    def pages(self, table: Table) -> Generator[list[tuple[Any, ...]]]:
        """Yield the rows in the order of their keys. A text that is no UTF-8 comes with lone surrogates."""
        columns, key = (", ".join(f'"{name}"' for name in names) for names in (_names(table), table.key))
        statement = f'SELECT {columns} FROM "{table.name}" ORDER BY {key}'  # noqa: S608
        with _readable(self._path):
            rows = self._connection.execute(statement)
            while page := rows.fetchmany(PAGE):
                yield page

    def rows(self, table: Table) -> Iterator[tuple[Any, ...]]:
        """Yield the same, row by row."""
        for page in self.pages(table):
            yield from page

    def damage(self) -> Iterator[str]:
        """Yield what the database finds wrong with itself: a damaged file, rows that refer to rows that are gone."""
        found = self._all("PRAGMA integrity_check(5)")
        if found != [("ok",)]:
            yield from (f"the file is damaged: {line}" for (line,) in found)
            return
        for table, row, parent, _number in self._all("PRAGMA foreign_key_check"):
            yield f"{table}: the row {row} refers to a row of {parent} that is not there"

    def strangers(self) -> list[str]:
        """Return the names of the tables that are none of the portal's."""
        tables = self._all("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY 1")
        return [name for (name,) in tables if name not in MOVED | {*LEFT_OUT, REVISION}]

    @contextmanager
    def nobody_writes(self) -> Iterator[None]:
        """Keep everybody from writing for as long as the block runs.

        Raises:
            MoveFault: somebody has written since the snapshot was taken.
            Unavailable: another writer held the database for too long.

        """
        lock = sqlite.WriteLock(self._path)
        lock.acquire()
        try:
            with _readable(self._path):
                self._watch.execute("BEGIN IMMEDIATE")
            if self._data_version() != self._version:
                raise MoveFault("Somebody has changed the database while it was moved. Stop all that uses it first.")
            yield
        finally:
            if self._watch.in_transaction:
                self._watch.execute("ROLLBACK")
            lock.release()

    def _data_version(self) -> int:
        return int(self._watch.execute("PRAGMA data_version").fetchone()[0])

    def _all(self, statement: str) -> list[tuple[Any, ...]]:
        with _readable(self._path):
            return self._connection.execute(statement).fetchall()


def _names(table: Table) -> list[str]:
    return [column.name for column in table.columns]


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        raise Unavailable(f"The database {path} cannot be read: {error}.") from error
    except sqlite3.DatabaseError as error:
        raise MoveFault(f"The database {path} cannot be read: {error}.") from error
