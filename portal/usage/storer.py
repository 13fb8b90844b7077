"""Stores what the processes of an installation record: it adds up their batches and writes them, once a second.

It rests for longer than it will work, as long as more comes: under a load that keeps it busy it stores less often, and
as equal requests of a minute are one row, there is less to write then. What comes before the writing is done with low
priority; the writing is not, because it holds the database's lock.
"""

import logging
import threading
import time
from collections.abc import Callable

from portal import low_priority
from portal.complaint import Complaint, in_one_line
from portal.usage.buffer import UsageBuffer
from portal.usage.flush import Flush, sliced
from portal.usage.folded import Folded, merge
from portal.usage.line import Row
from portal.usage.sink import Sink
from portal.usage.spool import Spool, Stored

log = logging.getLogger(__name__)

EVERY_SECONDS = 1.0
REST = 9  # times as long as the work will take
LONGEST_SECONDS = 30.0
QUIET = 2  # times in a row that nothing had come: then it rests no longer
MOST_ROWS = 150_000  # in one transaction, and the batch that passes it
_FIRST_GUESS = 2e-7  # seconds for each byte that waits
_TELLING_BYTES = 100_000  # less does not say that more will take long

_Some = tuple[tuple[str, ...], Flush] | None
Aside = Callable[[Callable[[str], _Some], str], _Some]


def _at_once(work: Callable[[str], _Some], last: str) -> _Some:
    return work(last)


class Storer:
    """Tends `spool`, whose batches go to `sink`."""

    def __init__(self, spool: Spool, sink: Sink, every_seconds: float = EVERY_SECONDS) -> None:
        self._spool = spool
        self._sink = sink
        self._every = every_seconds
        self._buffer = UsageBuffer(most_rows=10 * MOST_ROWS)
        self._complaint = Complaint(
            log, "Access records cannot be stored and wait in files", "Access records are stored again."
        )
        self._seconds_per_byte = _FIRST_GUESS
        self._id = ""
        self.failures = 0
        self.stored_at: float | None = None  # seconds since 1970

    @property
    def waiting(self) -> int:
        """The number of batches that nobody has stored yet."""
        return len(self._spool.waiting())

    def run(self, stop: threading.Event) -> None:
        """Store until `stop`, and what is there then. Waits while another storer tends the spool."""
        turn = self._spool.tend()
        while not turn.take():
            if stop.wait(self._every):
                return
        try:
            with low_priority.threads(1, "storer") as background:
                self._store_again_and_again(stop, lambda work, last: background.submit(work, last).result())
            self.store()
        finally:
            turn.release()
            self._sink.close()

    def _store_again_and_again(self, stop: threading.Event, aside: Aside) -> None:
        rests_since, size, quiet = time.monotonic(), 0, 0
        while not stop.wait(self._every):
            before, size = size, self._spool.bytes_waiting()
            quiet = quiet + 1 if size == before else 0
            if quiet >= QUIET or time.monotonic() - rests_since >= self._rest_before(size):
                self.store(aside)
                size = 0
            if not size:
                rests_since = time.monotonic()

    def _learn(self, size: int, seconds: float) -> None:
        """Guess the next time by this one; little says at most that it is quicker than was thought."""
        if size > _TELLING_BYTES or (size and seconds / size < self._seconds_per_byte):
            self._seconds_per_byte = seconds / size

    def _rest_before(self, size: int) -> float:
        return min(REST * self._seconds_per_byte * size, LONGEST_SECONDS)

    def store_alone(self) -> None:
        """Store what is waiting, unless a storer is there."""
        turn = self._spool.tend()
        if turn.take():
            try:
                self.store()
            finally:
                turn.release()

    def store(self, aside: Aside = _at_once) -> bool:
        """Store what is waiting; return whether that went well. What could not be stored goes on waiting.

        All of it but the writing is done by `aside`, in this thread or another one.
        """
        try:
            self._remember()
            began, size = time.monotonic(), self._spool.bytes_waiting()
            last = max(self._spool.waiting(), default="")  # what comes meanwhile is for the next time
            while some := aside(self._some, last):
                names, flush = some
                self._sink.write(flush, Stored(self._id, names))
                self._spool.remove(names)
            self._learn(size, time.monotonic() - began)
        except Exception as error:  # noqa: BLE001  # whatever it is, it is tried again
            self._buffer.take()
            self._id = ""  # whether it was stored is asked of the database before the next time
            self.failures += 1
            self._sink.close()
            self._complaint.make(in_one_line(error))
            return False
        self.stored_at = time.time()
        self._complaint.withdraw()
        return True

    def _remember(self) -> None:
        """Take away, once, what the last storer had stored and did not come to take away."""
        if not self._id:
            spool = self._spool.id
            self._spool.remove(self._sink.stored(spool))
            self._spool.clear_away()
            self._id = spool

    def _some(self, last: str) -> _Some:
        """Add up the oldest batches, up to `last`; return their names and what is to be written, None without any."""
        names, folded = [], Folded()
        for name in self._spool.waiting():
            counted = self._read(name) if name <= last else None
            if counted is None:
                continue
            merge(counted, folded)
            names.append(name)
            if len(folded) > MOST_ROWS:
                break
        for part in sliced(list(folded.items())):
            for fold, (calls, at) in part:
                self._buffer.add(at, fold, calls)
        return (tuple(names), Flush.of(self._buffer.take())) if names else None

    def _read(self, name: str) -> list[Row] | None:
        """Return what a batch counts; None where the file cannot be read, which holds up no other."""
        try:
            return self._spool.read(name)
        except (ValueError, TypeError, KeyError, OverflowError) as error:
            log.error("The batch %s holds no records and is dropped: %s.", name, type(error).__name__)  # noqa: TRY400
            return []
        except OSError as error:
            log.error("The batch %s cannot be read and is left: %s.", name, error.strerror)  # noqa: TRY400
            return None
