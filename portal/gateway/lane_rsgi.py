"""The verification lane on granian's asynchronous interface, where PostgreSQL is asked for many keys at once.

It reads, judges and answers by the same code as the lane on WSGI. A request waits here in two places, for its row and,
where its key has a limit that is counted elsewhere, for that; neither holds up another request, and both end with a 503
when they take too long.
"""

import asyncio
from collections.abc import Awaitable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from io import BytesIO
from time import perf_counter
from typing import Any

from portal.config import Settings
from portal.errors import CannotStart, Unavailable
from portal.gateway import problem, watch
from portal.gateway.lane import Asked, Lane, open_lane
from portal.gateway.opening import open_verifier
from portal.gateway.problem import Answer
from portal.gateway.question import BODY_LIMIT
from portal.gateway.rsgi import Exchange, Scope, environ_of, read_body
from portal.verification.rules import rules_of
from portal.verification.store_batched import WAIT_SECONDS, BatchedStore
from portal.verification.verdict import KeyRow, Verdict
from portal.verification.verifier import Verifier

BODY_SECONDS = 8.0
COUNTING_THREADS = 8
MOST_COUNTING = 1024

_WITH_DISKS = watch.ROUTES.keys() - {"/healthz"}  # these read files and ask databases
TOO_SLOW = problem.problem(408, "not-understood", "Not understood", f"The body took more than {BODY_SECONDS:g} s.")
_TOO_MANY = Unavailable("Too many requests wait for their limits to be counted.")
_UNCOUNTED = Unavailable("The limits of a key were not counted in time.")


def open_rsgi_lane(settings: Settings) -> "RsgiLane":
    """Return the lane of the installation that `settings` describe, which must be one on PostgreSQL.

    Raises:
        CannotStart: it is none, or the data folder holds no peppers that can be read.

    """
    if settings.postgres_address is None:
        raise CannotStart("PORTAL_DATABASE_URL: this lane serves an installation on PostgreSQL only.")
    store = BatchedStore(settings.postgres_address)
    return RsgiLane(open_lane(settings), open_verifier(settings), store, rates_wait=settings.redis_url is not None)


class _Request:
    """A request that waits; awaiting it ends when it was answered."""

    __slots__ = ("_answered", "_loop", "asked", "began", "environ", "exchange", "is_over")

    def __init__(
        self, asked: Asked, environ: dict[str, Any], exchange: Exchange, began: float, loop: asyncio.AbstractEventLoop
    ) -> None:
        self.asked = asked
        self.environ = environ
        self.exchange = exchange
        self.began = began  # by perf_counter()
        self.is_over = False
        self._loop = loop
        self._answered: asyncio.Future[None] | None = None

    def __await__(self) -> Generator[Any, None, None]:
        if not self.is_over:
            self._answered = self._loop.create_future()
            yield from self._answered

    def end(self) -> None:
        """Let whoever awaits this go on."""
        self.is_over = True
        if self._answered is not None and not self._answered.done():
            self._answered.set_result(None)


class RsgiLane:
    """Answers what `lane` answers; the rows come from `store`.

    `rates_wait` says that counting a rate may take a while, as counting a quota does: threads do it then.
    """

    def __init__(self, lane: Lane, verifier: Verifier, store: BatchedStore, *, rates_wait: bool = False) -> None:
        self._lane = lane
        self._verifier = verifier
        self._store = store
        self._rates_wait = rates_wait
        self._threads = ThreadPoolExecutor(COUNTING_THREADS, "lane-limits")
        self._watchers = ThreadPoolExecutor(1, "lane-watch")
        self._counting = 0

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to serve in this event loop."""
        self._loop = loop
        self._store.start(loop)

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        """End; every request was answered by now."""
        loop.run_until_complete(self._store.close())
        for threads in (self._threads, self._watchers):
            threads.shutdown(cancel_futures=True)  # none waits longer than its database may take

    def __rsgi__(self, scope: Scope, exchange: Exchange) -> Awaitable[None]:
        """Answer one request. Any fault is a 503: fail closed."""
        began = perf_counter()
        environ = environ_of(scope)
        if self._lane.awaits_body(environ):
            return self._read_and_answer(environ, exchange, began)
        if environ["PATH_INFO"] in _WITH_DISKS:
            return self._answer_apart(environ, exchange, began)
        return self._answer(environ, exchange, began)

    async def _read_and_answer(self, environ: dict[str, Any], exchange: Exchange, began: float) -> None:
        try:
            body = await asyncio.wait_for(read_body(exchange, BODY_LIMIT), BODY_SECONDS)
        except TimeoutError:
            self._send(TOO_SLOW, environ, exchange)
            return
        environ["wsgi.input"] = BytesIO(body)
        await self._answer(environ, exchange, began)

    async def _answer_apart(self, environ: dict[str, Any], exchange: Exchange, began: float) -> None:
        try:
            asked = await self._loop.run_in_executor(self._watchers, self._lane.asked, environ)
            answer = asked if isinstance(asked, Answer) else problem.UNAVAILABLE
        except Exception as error:  # noqa: BLE001
            answer = self._lane.failed(error, environ, began)
        self._send(answer, environ, exchange)

    def _answer(self, environ: dict[str, Any], exchange: Exchange, began: float) -> Awaitable[None]:
        try:
            asked = self._lane.asked(environ)
            if isinstance(asked, Answer):
                self._send(asked, environ, exchange)
                return _DONE
            request = _Request(asked, environ, exchange, began, self._loop)
            self._store.look_up(self._verifier.wanted(asked[0]), partial(self._found, request))
        except Exception as error:  # noqa: BLE001
            self._send(self._lane.failed(error, environ, began), environ, exchange)
            return _DONE
        return request

    def _found(self, request: _Request, row: KeyRow | Unavailable | None) -> None:
        """Go on with a request whose row is known."""
        if isinstance(row, Unavailable):
            self._end(request, row)
            return
        try:
            if row is not None and self._is_slow_to_count(row):
                self._count(request, row)
            else:
                self._end(request, self._verifier.conclude(request.asked[0], row, request.asked[1]))
        except Exception as error:  # noqa: BLE001
            self._end(request, error)

    def _is_slow_to_count(self, row: KeyRow) -> bool:
        rules = row.rules or rules_of(row.policy, row.site)
        return bool(rules.quotas) or (self._rates_wait and bool(rules.rates))

    def _count(self, request: _Request, row: KeyRow) -> None:
        """Let a thread conclude; who waits too long for it, or finds too many waiting, is not let in."""
        if self._counting >= MOST_COUNTING:
            self._end(request, _TOO_MANY)
            return
        self._counting += 1
        left = WAIT_SECONDS - (perf_counter() - request.began)
        self._loop.call_later(left, self._end, request, _UNCOUNTED)
        self._threads.submit(self._conclude, request, row)

    def _conclude(self, request: _Request, row: KeyRow) -> None:
        """Judge and count in a thread."""
        verdict: Verdict | Exception = _UNCOUNTED
        if not request.is_over:
            try:
                verdict = self._verifier.conclude(request.asked[0], row, request.asked[1])
            except Exception as error:  # noqa: BLE001
                verdict = error
        with suppress(RuntimeError):  # the loop has ended, and with it everybody who waits
            self._loop.call_soon_threadsafe(self._concluded, request, verdict)

    def _concluded(self, request: _Request, verdict: Verdict | Exception) -> None:
        self._counting -= 1
        self._end(request, verdict)

    def _end(self, request: _Request, verdict: Verdict | Exception) -> None:
        """Answer a request, unless it was answered."""
        if request.is_over:
            return
        environ, began = request.environ, request.began
        try:
            if isinstance(verdict, Exception):
                answer = self._lane.failed(verdict, environ, began)
            else:
                answer = self._lane.concluded(request.asked, verdict, environ, began)
        except Exception as error:  # noqa: BLE001
            answer = self._lane.failed(error, environ, began)
        self._send(answer, environ, request.exchange)
        request.end()

    def _send(self, answer: Answer, environ: dict[str, Any], exchange: Exchange) -> None:
        answer = self._lane.as_proxy_passes_it(answer, environ)
        body = b"" if environ["REQUEST_METHOD"] == "HEAD" else answer.body
        exchange.response_bytes(answer.code, answer.headers, body)


class _Done:
    """Nothing to wait for."""

    def __await__(self) -> Generator[Any, None, None]:
        yield from ()


_DONE = _Done()
