"""Stores the usage in PostgreSQL."""

import json

from portal.postgres import Impatient, Lock, connect, hold_until_commit
from portal.usage import statements_postgres
from portal.usage.flush import Flush
from portal.usage.spool import Stored

_SECONDS = 5.0  # less than the time that a process has for its end
_LOCK_SECONDS = 3.0


class PostgresSink:
    """Stores flushes in the database at `address`, for libpq."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._connection: Impatient | None = None
        self._parents: list[Impatient | None] = []

    def forget(self) -> None:
        """Begin anew in a process that was forked; what is open stays so: closing it would end the parent's."""
        self._parents.append(self._connection)
        self._connection = None

    def write(self, flush: Flush, stored: Stored | None = None) -> None:
        """Store a flush as a whole.

        One flush of all processes is written at a time: two would otherwise trim the rows of one key in any order, and
        could wait for each other. They wait for the row of the whole site's calls anyway.
        """
        connection = self._connection or self._open()
        with connection.transaction():
            hold_until_commit(connection, Lock.FLUSH)
            flush.write(connection.execute, statements_postgres)
            if stored is not None:
                connection.execute(statements_postgres.KEEP_BATCHES, (stored.spool, json.dumps(stored.names)))

    def stored(self, spool: str) -> tuple[str, ...]:
        """Return the names of the batches that were stored last of those in `spool`."""
        connection = self._connection or self._open()
        row = connection.execute(statements_postgres.KEPT_BATCHES, (spool,)).fetchone()
        return tuple(json.loads(row[0])) if row else ()

    def close(self) -> None:
        """Close the connection; the next flush opens another."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _open(self) -> Impatient:
        self._connection = connect(self._address, seconds=_SECONDS, lock_seconds=_LOCK_SECONDS)
        return self._connection
