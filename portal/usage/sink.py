"""Where a recorder's flushes go: a database. Each is opened on first use, and anew after a fault or a fork."""

from typing import Protocol

from portal.usage.flush import Flush
from portal.usage.spool import Stored


class Sink(Protocol):
    """Stores flushes."""

    def write(self, flush: Flush, stored: Stored | None = None) -> None:
        """Store a flush, and of which batches it is, as a whole or not at all; raises whatever its database raises."""

    def stored(self, spool: str) -> tuple[str, ...]:
        """Return the names of the batches that were stored last of those in `spool`."""

    def close(self) -> None:
        """Close the connection; the next flush opens another."""

    def forget(self) -> None:
        """Begin anew in a process that was forked: what is open is the parent's."""
