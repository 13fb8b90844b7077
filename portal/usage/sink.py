"""Where a recorder's flushes go: a database. Each is opened on first use, and anew after a fault or a fork."""

from typing import Protocol

from portal.usage.flush import Flush


class Sink(Protocol):
    """Stores flushes."""

    def write(self, flush: Flush) -> None:
        """Store a flush as a whole; raises whatever its database raises, and has stored nothing then."""

    def close(self) -> None:
        """Close the connection; the next flush opens another."""

    def forget(self) -> None:
        """Begin anew in a process that was forked: what is open is the parent's."""
