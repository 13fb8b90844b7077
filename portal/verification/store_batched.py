"""Looks keys up in PostgreSQL for many requests at once: all that wait are asked for in one statement.

While a batch is on its way, whoever comes forms the next one. So each key is looked up after its request came, and sees
every commit that was answered before: revoked means now. The busier it is, the larger the batches and the less each
costs: docs/adr/0022-batched-look-ups.md. Everything here runs in one event loop and nothing in it blocks.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator
from functools import partial

from portal.errors import Unavailable
from portal.verification.batch_link import Link, Rows
from portal.verification.verdict import KeyRow

log = logging.getLogger(__name__)

WAIT_SECONDS = 1.8  # with the look around, a caller hears within 2 s that nothing can be known
STALL_SECONDS = 1.0  # a batch that takes longer is asked anew, on another connection
MOST_WAITING = 4096
MOST_IN_A_BATCH = 512
_LOOK_SECONDS = 0.1

Told = Callable[[KeyRow | Unavailable | None], None]


class _Wait:
    """One request for a row: the digest that is asked for now, those that are left, and whom to tell."""

    __slots__ = ("digest", "ends", "is_anew", "rest", "told")

    def __init__(self, digest: bytes, rest: Iterator[bytes], told: Told, ends: float) -> None:
        self.digest = digest
        self.rest = rest
        self.told: Told | None = told
        self.ends = ends
        self.is_anew = False

    def end(self, answer: KeyRow | Unavailable | None) -> None:
        """Tell the answer, once. What goes wrong with whoever is told is kept from those who wait beside it."""
        told, self.told = self.told, None
        try:
            if told is not None:
                told(answer)
        except Exception as error:  # noqa: BLE001
            log.error("A request could not be told its row: %s", type(error).__name__)  # noqa: TRY400


class BatchedStore:
    """Reads the keys of the PostgreSQL at `address`, over so many connections."""

    def __init__(self, address: str, *, connections: int = 1) -> None:
        self._links = [Link(address, self._send) for _ in range(connections)]
        self._waiting: list[_Wait] = []
        self._in_flight: list[list[_Wait]] = []
        self._is_sending = False
        self._look: asyncio.TimerHandle | None = None

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Open the connections in this event loop."""
        self._loop = loop
        for link in self._links:
            link.start(loop)
        self._look = loop.call_later(_LOOK_SECONDS, self._look_around)

    async def close(self) -> None:
        """Close the connections; whoever still waits is told that nothing can be known."""
        if self._look is not None:
            self._look.cancel()
        for link in self._links:
            await link.close()
        for wait in [*self._waiting, *(wait for batch in self._in_flight for wait in batch)]:
            wait.end(_CLOSED)
        self._waiting, self._in_flight = [], []

    def look_up(self, digests: Iterator[bytes], told: Told) -> None:
        """Look for the first of the `digests` that is stored, and tell its row, None, or that it cannot be known."""
        digest = next(digests, None)
        if digest is None:
            told(None)
        elif len(self._waiting) >= MOST_WAITING:
            told(_TOO_MANY)
        else:
            self._waiting.append(_Wait(digest, digests, told, self._loop.time() + WAIT_SECONDS))
            if not self._is_sending:
                self._is_sending = True
                self._loop.call_soon(self._send)  # what comes in this round of the loop goes together

    def _send(self) -> None:
        self._is_sending = False
        for link in self._links:
            if self._waiting and link.is_free:
                batch, self._waiting = self._waiting[:MOST_IN_A_BATCH], self._waiting[MOST_IN_A_BATCH:]
                self._in_flight.append(batch)
                link.ask([wait.digest for wait in batch], partial(self._told, batch))

    def _told(self, batch: list[_Wait], rows: Rows | None) -> None:
        self._in_flight.remove(batch)
        if rows is None:
            self._ask_anew(batch)
            return
        found = {row.digest: row for row in rows}
        for wait in batch:
            row = found.get(wait.digest)
            if row is None and (other := next(wait.rest, None)) is not None:
                wait.digest = other
                self._waiting.append(wait)
            else:
                wait.end(row)
        self._send()

    def _ask_anew(self, batch: list[_Wait]) -> None:
        """Let those whose connection broke wait for another, once."""
        for wait in batch:
            if wait.is_anew:
                wait.end(_BROKEN)
            wait.is_anew = True
        self._waiting[:0] = [wait for wait in batch if wait.told is not None]

    def _look_around(self) -> None:
        """Tell those who waited long enough, and give up connections on which nothing comes."""
        self._look = self._loop.call_later(_LOOK_SECONDS, self._look_around)
        now = self._loop.time()
        for wait in [*self._waiting, *(wait for batch in self._in_flight for wait in batch)]:
            if wait.ends <= now:
                wait.end(_SILENT)
        self._waiting = [wait for wait in self._waiting if wait.told is not None]
        for link in self._links:
            link.drop_when_stalled(STALL_SECONDS)


_SILENT = Unavailable("The database did not answer in time.")
_BROKEN = Unavailable("The connections to the database broke.")
_TOO_MANY = Unavailable("Too many requests wait for the database.")
_CLOSED = Unavailable("The lane is ending.")
