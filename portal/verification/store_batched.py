"""Looks keys up in PostgreSQL for many requests at once, and remembers them as long as that is proven to be stored.

While a question is on its way, whoever comes waits for the next one, which is asked for all who wait: what has changed?
A row that is remembered and has not is thereby proven after its request came; all others are looked up, likewise in one
statement. Either sees every commit that was answered before: revoked means now. The busier it is, the less each costs:
docs/adr/0022-batched-look-ups.md. Everything here runs in one event loop and nothing in it blocks.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeVar

from psycopg.pq.abc import PGresult

from portal.errors import Unavailable
from portal.verification.batch_link import Link
from portal.verification.batch_questions import CHANGES, LOOK_UP, as_array, changes_of, rows_of
from portal.verification.remembered import Remembered
from portal.verification.verdict import KeyRow

log = logging.getLogger(__name__)

WAIT_SECONDS = 1.8  # with the look around, a caller hears within 2 s that nothing can be known
STALL_SECONDS = 1.0  # a batch that takes longer is asked anew, on another connection
MOST_WAITING = 4096
MOST_IN_A_BATCH = 512
_LOOK_SECONDS = 0.1

Told = Callable[[KeyRow | Unavailable | None], None]
Read = TypeVar("Read")


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
    """Reads the keys of the PostgreSQL at `address`, over one connection.

    Because all is asked there one after the other, a row that is read is never older than what the next proof covers.
    """

    def __init__(self, address: str) -> None:
        self._link = Link(address, free=self._send, lost=self._forget)
        self._rows = Remembered()
        self._snapshot: bytes | None = None  # whoever changes a row that is remembered was not seen by it
        self._to_prove: list[_Wait] = []
        self._to_look_up: list[_Wait] = []
        self._in_flight: list[_Wait] = []
        self._is_sending = False
        self._look: asyncio.TimerHandle | None = None

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Open the connection in this event loop."""
        self._loop = loop
        self._link.start(loop)
        self._look = loop.call_later(_LOOK_SECONDS, self._look_around)

    async def close(self) -> None:
        """Close the connection; whoever still waits is told that nothing can be known."""
        if self._look is not None:
            self._look.cancel()
        await self._link.close()
        for wait in self._all():
            wait.end(_CLOSED)

    def look_up(self, digests: Iterator[bytes], told: Told) -> None:
        """Look for the first of the `digests` that is stored, and tell its row, None, or that it cannot be known."""
        digest = next(digests, None)
        if digest is None:
            told(None)
        elif len(self._to_prove) + len(self._to_look_up) >= MOST_WAITING:
            told(_TOO_MANY)
        else:
            self._put(_Wait(digest, digests, told, self._loop.time() + WAIT_SECONDS))
            if not self._is_sending:
                self._is_sending = True
                self._loop.call_soon(self._send)  # what comes in this round of the loop goes together

    def _put(self, wait: _Wait) -> None:
        (self._to_prove if wait.digest in self._rows else self._to_look_up).append(wait)

    def _send(self) -> None:
        """Ask for those who wait; of the two questions the one whose first has waited longest."""
        self._is_sending = False
        if not self._link.is_free:
            return
        if self._to_look_up and not (self._to_prove and self._to_prove[0].ends < self._to_look_up[0].ends):
            batch, self._to_look_up = self._to_look_up[:MOST_IN_A_BATCH], self._to_look_up[MOST_IN_A_BATCH:]
            self._in_flight = batch
            self._link.ask(LOOK_UP, as_array([wait.digest for wait in batch]), partial(self._found, batch))
        elif self._to_prove:
            batch, self._to_prove = self._to_prove, []
            self._in_flight = batch
            self._link.ask(CHANGES, self._snapshot, partial(self._proved, batch))

    def _proved(self, batch: list[_Wait], result: PGresult | None) -> None:
        """Forget what changed; what is remembered then is what is stored."""
        changes = _read(changes_of, result)
        if changes is None:
            self._forget()
            self._ask_anew(batch)
            return
        if changes.is_all:
            self._rows.clear()
        for digest in changes.digests:
            self._rows.forget(digest)
        if changes.owners:
            self._rows.forget_of(set(changes.owners))
        self._snapshot = changes.snapshot
        for wait in batch:
            row = self._rows.get(wait.digest)
            if row is None:
                self._to_look_up.append(wait)
            else:
                wait.end(row)
        self._send()

    def _found(self, batch: list[_Wait], result: PGresult | None) -> None:
        found = _read(self._rows_by_digest, result)
        if found is None:
            self._ask_anew(batch)
            return
        for wait in batch:
            row = found.get(wait.digest)
            if row is None and (other := next(wait.rest, None)) is not None:
                wait.digest = other
                self._put(wait)
            else:
                wait.end(row)
        self._send()

    def _rows_by_digest(self, result: PGresult) -> dict[bytes, KeyRow]:
        return {row.digest: self._rows.keep(row) for row in rows_of(result)}

    def _forget(self) -> None:
        self._rows.clear()
        self._snapshot = None

    def _ask_anew(self, batch: list[_Wait]) -> None:
        """Let those whose connection broke wait for another, once."""
        for wait in batch:
            if wait.is_anew:
                wait.end(_BROKEN)
            wait.is_anew = True
        self._to_look_up[:0] = [wait for wait in batch if wait.told is not None]
        self._send()

    def _all(self) -> list[_Wait]:
        return [*self._to_prove, *self._to_look_up, *self._in_flight]

    def _look_around(self) -> None:
        """Tell those who waited long enough, and give up connections on which nothing comes."""
        self._look = self._loop.call_later(_LOOK_SECONDS, self._look_around)
        now = self._loop.time()
        for wait in self._all():
            if wait.ends <= now:
                wait.end(_SILENT)
        self._to_prove = [wait for wait in self._to_prove if wait.told is not None]
        self._to_look_up = [wait for wait in self._to_look_up if wait.told is not None]
        self._link.drop_when_stalled(STALL_SECONDS)


def _read(reader: Callable[[PGresult], Read], result: PGresult | None) -> Read | None:
    """Return what was read; None where the connection broke, or where that is not what was asked for."""
    try:
        return None if result is None else reader(result)
    except Exception as error:  # noqa: BLE001  # nobody waits for ever because of it
        log.error("What PostgreSQL answered cannot be read: %s", type(error).__name__)  # noqa: TRY400
        return None


_SILENT = Unavailable("The database did not answer in time.")
_BROKEN = Unavailable("The connection to the database broke.")
_TOO_MANY = Unavailable("Too many requests wait for the database.")
_CLOSED = Unavailable("The lane is ending.")
