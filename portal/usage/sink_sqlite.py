"""Stores the usage in SQLite."""

import json
import sqlite3
from pathlib import Path

from portal import sqlite
from portal.usage import statements
from portal.usage.flush import Flush
from portal.usage.spool import Stored


class SqliteSink:
    """Stores flushes in the database at `path`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.forget()

    def forget(self) -> None:
        """Begin anew in a process that was forked."""
        self._connection: sqlite3.Connection | None = None
        self._write_lock = sqlite.WriteLock(self._path)

    def write(self, flush: Flush, stored: Stored | None = None) -> None:
        """Store a flush as a whole, in one short transaction under the write lock."""
        connection = self._connection or self._open()
        with sqlite.write_transaction(connection, self._write_lock):
            flush.write(connection.execute, statements)
            if stored is not None:
                connection.execute(statements.KEEP_BATCHES, (stored.spool, json.dumps(stored.names)))

    def stored(self, spool: str) -> tuple[str, ...]:
        """Return the names of the batches that were stored last of those in `spool`."""
        connection = self._connection or self._open()
        row = connection.execute(statements.KEPT_BATCHES, (spool,)).fetchone()
        return tuple(json.loads(row[0])) if row else ()

    def close(self) -> None:
        """Close the connection; the next flush opens another."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _open(self) -> sqlite3.Connection:
        self._connection = sqlite.connect(self._path)
        self._connection.create_function("from_hex", 1, bytes.fromhex, deterministic=True)
        return self._connection
