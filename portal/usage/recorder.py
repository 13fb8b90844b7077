"""Writes down who was let in, who was not and when a key was last used, without slowing or failing a request.

Requests are counted in memory and stored once a second, by a thread of the process that recorded them. What cannot be
stored is kept and tried again; what is left is stored when the process ends. See docs/adr/0006-access-records.md.
"""

import logging
import os
import sqlite3
import threading
from multiprocessing.util import Finalize
from pathlib import Path

from portal import sqlite
from portal.usage.buffer import MOST_ROWS, Taken, UsageBuffer
from portal.usage.flush import Flush, as_json
from portal.usage.fold import Fold

log = logging.getLogger(__name__)

EVERY_SECONDS = 1.0

# A key that is gone is passed over: one missing row must not hold up all others. So is one that was deleted.
SET_LAST_USED = """
    INSERT INTO key_last_used (key_id, at, address, used)
    SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'), true
    FROM json_each(?)
    WHERE EXISTS (SELECT 1 FROM key WHERE key.id = json_extract(value, '$[0]') AND key.hidden_at IS NULL)
    ON CONFLICT (key_id) DO UPDATE SET at = excluded.at, address = excluded.address, used = true
        WHERE excluded.at >= at OR NOT used
"""


class UsageRecorder:
    """Records the requests of this process in the database at `path`."""

    def __init__(self, path: Path, *, every_seconds: float = EVERY_SECONDS, most_rows: int = MOST_ROWS) -> None:
        self._path = path
        self._every = every_seconds
        self._most_rows = most_rows
        self._process = 0
        self._starting = threading.Lock()
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._buffer = UsageBuffer(self._most_rows)
        self._write_lock = sqlite.WriteLock(self._path)
        self._connection: sqlite3.Connection | None = None
        self._flushing = threading.Lock()
        self._stop = threading.Event()
        self._complained = False
        self._reported_dropped = False

    def record(self, now_ms: int, fold: Fold) -> None:
        """Take note of one request of `now_ms`, milliseconds since 1970. Never raises, never waits for the disk."""
        if self._process != os.getpid():
            self._start()
        self._buffer.add(now_ms, fold)
        if self._stop.is_set():
            self.flush()  # the process is ending and nobody comes after us

    def flush(self) -> bool:
        """Store what was recorded; return whether that went well. What could not be stored is kept."""
        with self._flushing:
            taken = self._buffer.take()
            try:
                self._store(taken)
            except Exception as error:  # noqa: BLE001  # whatever it is, no request may fail by it
                self._buffer.give_back(taken)
                self._complain(error)
                return False
            finally:
                self._report_dropped()
            self._recover()
            return True

    def close(self) -> None:
        """Store what is left. Called by itself when the process ends."""
        self._stop.set()
        self.flush()

    def _start(self) -> None:
        """Begin to flush, once in each process: a thread does not survive a fork, and what it held is the parent's."""
        with self._starting:
            if self._process == os.getpid():
                return
            if self._process:
                self._begin_anew()
            # Not atexit: worker processes made by multiprocessing, as those of granian are, leave it out.
            Finalize(None, self.close, exitpriority=100)
            threading.Thread(target=self._flush_again_and_again, name="usage-recorder", daemon=True).start()
            self._process = os.getpid()

    def _flush_again_and_again(self) -> None:
        while not self._stop.wait(self._every):
            self.flush()

    def _store(self, taken: Taken) -> None:
        if not taken.counts and not taken.last_used:
            return
        flush = Flush.of(taken)
        uses = as_json([(key_id, *use) for key_id, use in sorted(taken.last_used.items())])
        connection = self._open()
        with sqlite.write_transaction(connection, self._write_lock):
            flush.write(connection)
            connection.execute(SET_LAST_USED, (uses,))

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            connection = sqlite.connect(self._path)
            connection.create_function("from_hex", 1, bytes.fromhex, deterministic=True)
            self._connection = connection
        return self._connection

    def _complain(self, error: Exception) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if not self._complained:
            log.error("Access records cannot be stored and are kept in memory: %s: %s", type(error).__name__, error)
        self._complained = True

    def _recover(self) -> None:
        if self._complained:
            log.info("Access records are stored again.")
        self._complained = False

    def _report_dropped(self) -> None:
        if self._buffer.dropped and not self._reported_dropped:
            log.error("Access records are dropped from now on: %s are waiting to be stored.", self._most_rows)
            self._reported_dropped = True
