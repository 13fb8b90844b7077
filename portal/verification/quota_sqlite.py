"""Counts quotas in SQLite: nothing is let in before its count is on the disk.

The requests that arrive while one transaction is being written share the next one, so that many of them wait for the
disk once and not one after the other. See docs/adr/0011-limits.md.
"""

import sqlite3
import threading
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from portal import sqlite
from portal.errors import Unavailable
from portal.policy.limits import Quota
from portal.verification.limiter import Spent
from portal.verification.quotas import Claim, UsedUp

WAIT_SECONDS = 3.0

USED = 'SELECT used FROM quota WHERE key_id = ? AND "window" = ?'
SPEND = """
    INSERT INTO quota (key_id, "window", used) VALUES (?, ?, 1)
    ON CONFLICT (key_id, "window") DO UPDATE SET used = used + 1
"""


class _Waiting:
    """A claim that waits for its transaction, and what became of it: None when it could not be written."""

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self.is_over = False
        self.spent: Spent | None = None


class SqliteQuotas:
    """Counts the quotas of keys in the database at `path`, exactly over all processes of the machine."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._write_lock = sqlite.WriteLock(path)
        self._turn = threading.Lock()
        self._queue: deque[_Waiting] = deque()
        self._used_up = UsedUp()

    def spend(self, key_id: int, quotas: Sequence[Quota], now_ms: int) -> Spent:
        """Count one request on every quota, each of another window, or on none of them.

        Raises:
            Unavailable: the database could not be written in time. The request may have been counted.

        """
        claim = Claim.of(key_id, quotas, now_ms)
        refusal = self._used_up.refusal(claim)
        return refusal if refusal is not None else self._spend(_Waiting(claim))

    def _spend(self, mine: _Waiting) -> Spent:
        self._queue.append(mine)
        if not self._turn.acquire(timeout=WAIT_SECONDS):
            raise Unavailable("The quota could not be counted: too many requests are waiting.")
        try:
            if not mine.is_over:
                self._write_all()
        finally:
            self._turn.release()
        if mine.spent is None:
            raise Unavailable("The quota could not be counted.")
        return mine.spent

    def _write_all(self) -> None:
        """Settle every claim in the queue, in one transaction."""
        waiting = [self._queue.popleft() for _ in range(len(self._queue))]
        try:
            answers = self._write([one.claim for one in waiting])
            for one, spent in zip(waiting, answers, strict=True):
                one.spent = spent
        except sqlite3.Error as error:
            self._close()
            raise Unavailable(f"The quota could not be counted: {error}.") from error
        finally:
            for one in waiting:
                one.is_over = True

    def _write(self, claims: Sequence[Claim]) -> list[Spent | None]:
        connection = self._open()
        with sqlite.write_transaction(connection, self._write_lock):
            return [self._settle(connection, claim) for claim in claims]

    def _settle(self, connection: sqlite3.Connection, claim: Claim) -> Spent | None:
        names = [(claim.key_id, window.name) for _, window in claim.quotas]
        rows = [connection.execute(USED, name).fetchone() for name in names]
        used = [row[0] if row else 0 for row in rows]
        spent = claim.answer(used)
        if spent.reason is not None:
            self._used_up.note(claim, used)
            return spent
        try:
            connection.executemany(SPEND, names)
        except sqlite3.IntegrityError:  # the key is gone; the others in this transaction are not
            return None
        return spent

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = sqlite.connect(self._path)
        return self._connection

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
