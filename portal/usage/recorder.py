"""Writes down who was let in, who was not and when a key was last used, without slowing or failing a request.

Requests are noted in memory and, once a second, put into the spool, whose storer writes them to the database. Where no
storer is, the process stores them itself. What cannot be stored is kept and tried again; what is left is stored when
the process ends. See docs/adr/0006-access-records.md.
"""

import logging
import os
import threading
import time
from multiprocessing.util import Finalize
from typing import NamedTuple
from weakref import WeakSet

from portal.complaint import Complaint, in_one_line
from portal.usage.buffer import MOST_ROWS, UsageBuffer
from portal.usage.flush import Flush, sliced
from portal.usage.fold import Fold
from portal.usage.notes import Notes
from portal.usage.sink import Sink
from portal.usage.spool import Spool
from portal.usage.storer import Storer

log = logging.getLogger(__name__)

EVERY_SECONDS = 1.0
MOST_NOTED = 200_000  # rows, some 30 MB

LIVING: "WeakSet[UsageRecorder]" = WeakSet()
"""The recorders of this process."""


class Standing(NamedTuple):
    """How a recorder does: rows that wait, requests dropped, flushes that failed, when the last went well.

    That is in seconds since 1970, and None before the first request.
    """

    waiting: int
    dropped: int
    failures: int
    flushed_at: float | None


class UsageRecorder:
    """Records the requests of this process, in `spool` where that is tended and else in `sink`."""

    def __init__(
        self,
        sink: Sink,
        spool: Spool | None = None,
        *,
        every_seconds: float = EVERY_SECONDS,
        most_rows: int = MOST_ROWS,
        most_noted: int = MOST_NOTED,
    ) -> None:
        self._sink = sink
        self._spool = spool
        self._most_noted = most_noted
        self._every = every_seconds
        self._most_rows = most_rows
        self._is_running = self._was_forked = False
        self._starting = threading.Lock()
        self._begin_anew()
        LIVING.add(self)

    def standing(self) -> Standing:
        """Return how this recorder does."""
        return Standing(self._notes.waiting + self._buffer.waiting, self._dropped, self._failures, self._flushed_at)

    @property
    def _dropped(self) -> int:
        return self._notes.dropped + self._buffer.dropped

    def _begin_anew(self) -> None:
        self._notes = Notes(self._most_noted)
        self._buffer = UsageBuffer(self._most_rows)
        self._flushing = threading.Lock()
        self._stop = threading.Event()
        self._is_ending = False
        self._complaint = Complaint(
            log, "Access records cannot be stored and are kept in memory", "Access records are stored again."
        )
        self._reported_dropped = False
        self._failures = 0
        self._flushed_at: float | None = None

    def record(self, now_ms: int, fold: Fold) -> None:
        """Take note of one request of `now_ms`, milliseconds since 1970. Never raises, never waits for the disk."""
        if not self._is_running:
            self._start()
        self._notes.add(now_ms, fold)
        if self._is_ending:
            self.close()  # the process is ending and nobody comes after us

    def flush(self) -> bool:
        """Store what was recorded; return whether that went well. What could not be stored is kept."""
        with self._flushing:
            try:
                self._store()
            except Exception as error:  # noqa: BLE001  # whatever it is, no request may fail by it
                self._failures += 1
                self._sink.close()
                self._complaint.make(in_one_line(error))
                return False
            finally:
                self._report_dropped()
            self._flushed_at = time.time()
            self._complaint.withdraw()
            return True

    def close(self) -> None:
        """Store what is left. Called by itself when the process ends."""
        self._is_ending = True
        self._stop.set()
        self.flush()
        with self._flushing:
            self._sink.close()

    def _start(self) -> None:
        """Begin to flush, once in each process: a thread does not survive a fork, and what it held is the parent's."""
        with self._starting:
            if self._is_running:
                return
            if self._was_forked:
                self._sink.forget()
                self._begin_anew()
            # Not atexit: worker processes made by multiprocessing, as those of granian are, leave it out.
            Finalize(None, self.close, exitpriority=100)
            threading.Thread(target=self._flush_again_and_again, name="usage-recorder", daemon=True).start()
            self._is_running = True

    def after_fork(self) -> None:
        """Know that this is another process now."""
        self._was_forked, self._is_running, self._starting = (
            self._is_running or self._was_forked,
            False,
            threading.Lock(),
        )

    def _flush_again_and_again(self) -> None:
        while not self._stop.wait(self._every):
            self.flush()

    def _store(self) -> None:
        spool = self._spool
        if spool is not None and spool.is_tended():
            self._notes.are_written_out = True
            self._put(spool)
            self._store_added()  # from when nobody tended it
        else:
            self._notes.are_written_out = False
            self._add_up()
            self._store_added()
            self._store_left_behind()

    def _put(self, spool: Spool) -> None:
        lines = self._notes.take_lines()
        if not lines:
            return
        try:
            spool.put([line for line, _rows in lines])
        except BaseException:
            self._notes.give_back(lines)
            raise

    def _add_up(self) -> None:
        for part in sliced(list(self._notes.take_folded().items())):
            for fold, (calls, at) in part:
                self._buffer.add(at, fold, calls)

    def _store_added(self) -> None:
        taken = self._buffer.take()
        try:
            if taken.counts or taken.last_used:
                self._sink.write(Flush.of(taken))
        except BaseException:
            self._buffer.give_back(taken)
            raise

    def _store_left_behind(self) -> None:
        """Store what waits for a storer that does not come back."""
        if self._spool is not None and self._spool.waiting():
            Storer(self._spool, self._sink).store_alone()

    def _report_dropped(self) -> None:
        if self._dropped and not self._reported_dropped:
            log.error("Access records are dropped from now on: %s are waiting to be stored.", self._most_rows)
            self._reported_dropped = True


def _tell_of_fork() -> None:
    for recorder in list(LIVING):
        recorder.after_fork()


os.register_at_fork(after_in_child=_tell_of_fork)
