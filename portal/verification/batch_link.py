"""A connection to PostgreSQL that lives in an event loop, asks prepared statements, and opens itself again.

libpq itself, without psycopg's cursors: they would cost more than what is asked. What was asked on a connection
that broke is never answered by the next one, so no answer can be late.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import psycopg
from psycopg import pq
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq.abc import PGconn, PGresult

from portal.complaint import Complaint
from portal.verification.batch_questions import CHANGES, LOOK_UP, Statement

log = logging.getLogger(__name__)

CONNECT_SECONDS = 2  # the least that libpq knows
STATEMENT_SECONDS = 1.0
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.05, 1.0

# The plan is made once and must fit a million keys, also when the tables were empty then: along the indexes.
_SESSION = {
    "statement_timeout": f"{STATEMENT_SECONDS * 1000:.0f}",
    "plan_cache_mode": "force_generic_plan", "enable_seqscan": "off", "enable_hashjoin": "off",
    "enable_mergejoin": "off", "jit": "off", "tcp_keepalives_idle": "10",
}  # fmt: skip
_OURS: dict[str, str | int] = {
    "application_name": "portal lane", "connect_timeout": CONNECT_SECONDS, "keepalives_idle": 10,
    "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 20_000,
}  # fmt: skip
_TEXT, _BINARY = 0, 1

Told = Callable[[PGresult | None], None]


class Link:
    """One connection, which asks one thing at a time.

    `free` is called whenever it may be asked, `lost` when what was heard from here may not be what the next one says.
    """

    def __init__(self, address: str, *, free: Callable[[], None], lost: Callable[[], None]) -> None:
        self._address = _whole(address)
        self._free = free
        self._lost = lost
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._results: list[PGresult] = []
        self._told: Told | None = None
        self._opening: asyncio.Task[None] | None = None
        self._complaint = Complaint(log, "PostgreSQL cannot be asked", "PostgreSQL answers again.")
        self.is_free = False
        self._asked_at = 0.0

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to open the connection in this event loop."""
        self._loop = loop
        self._opening = loop.create_task(self._open())

    async def close(self) -> None:
        """End the connection for good."""
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.wait([self._opening])
        self._hang_up()

    def ask(self, statement: Statement, parameter: bytes | None, told: Told) -> None:
        """Ask a statement; `told` gets its result, or None when the connection broke. Only when free."""
        forms = [_BINARY if statement.is_binary else _TEXT]
        self._send(lambda server: server.send_query_prepared(statement.name, [parameter], forms, _BINARY), told)

    def drop_when_stalled(self, seconds: float) -> None:
        """Give the connection up, and open another, when nothing was heard of a question for so long."""
        if self._told is not None and self._opening is None and self._loop.time() - self._asked_at > seconds:
            self._lose("it does not answer")

    async def _open(self) -> None:
        pause = _FIRST_PAUSE_SECONDS
        while True:
            try:
                await self._open_once()
            except Exception as error:  # noqa: BLE001  # whatever it is, it is tried again
                self._hang_up()
                self._told = None
                self._complaint.make(type(error).__name__)
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
            else:
                break
        self._complaint.withdraw()
        self._become_free()

    async def _open_once(self) -> None:
        connection = await psycopg.AsyncConnection.connect(self._address, autocommit=True)
        self._connection = connection
        self._socket = connection.pgconn.socket  # libpq names it no more once the server has closed it
        self._loop.add_reader(self._socket, self._hear)
        for statement in (CHANGES, LOOK_UP):
            if not await asyncio.wait_for(self._prepare(statement), CONNECT_SECONDS):
                raise psycopg.OperationalError("a statement could not be prepared")

    def _prepare(self, statement: Statement) -> asyncio.Future[bool]:
        prepared: asyncio.Future[bool] = self._loop.create_future()

        def note(result: PGresult | None) -> None:
            if not prepared.done():
                prepared.set_result(result is not None)

        self._send(lambda server: server.send_prepare(statement.name, statement.text), note)
        return prepared

    def _send(self, send: Callable[[PGconn], None], told: Told) -> None:
        self.is_free, self._told, self._asked_at = False, told, self._loop.time()
        try:
            if self._connection is not None:
                send(self._connection.pgconn)
                self._flush()
        except psycopg.Error as error:
            self._lose(type(error).__name__)

    def _flush(self) -> None:
        """Send what the socket takes, and the rest when it takes more."""
        if self._connection is None:
            return
        try:
            is_left = self._connection.pgconn.flush()
        except psycopg.Error as error:
            self._lose(type(error).__name__)
            return
        if is_left:
            self._loop.add_writer(self._socket, self._flush)
        else:
            self._loop.remove_writer(self._socket)

    def _hear(self) -> None:
        """Take in what the server says; tell of it once it is whole."""
        if self._connection is None:
            return
        connection = self._connection.pgconn
        try:
            connection.consume_input()
            while self._told is not None and not connection.is_busy():
                result = connection.get_result()
                if result is None:
                    self._end_question()
                    return
                self._results.append(result)
        except psycopg.Error as error:
            self._lose(type(error).__name__)

    def _end_question(self) -> None:
        results, self._results = self._results, []
        told, self._told = self._told, None
        faults = [result for result in results if result.status not in _GOOD]
        if faults or not results or told is None:
            self._told = told
            state = faults[0].error_field(pq.DiagnosticField.SQLSTATE) if faults else None
            self._lose(f"SQLSTATE {state.decode()}" if state else "no result")
            return
        self.is_free = self._opening is None
        told(results[0])

    def _become_free(self) -> None:
        self._opening = None
        self.is_free = True
        self._free()

    def _lose(self, why: str) -> None:
        """Tell whoever waits that nothing will come, and open another connection."""
        self._hang_up()
        self._complaint.make(why)
        told, self._told = self._told, None
        if self._opening is None:
            self._opening = self._loop.create_task(self._open())
        if told is not None:
            told(None)

    def _hang_up(self) -> None:
        self.is_free, self._results = False, []
        if self._connection is not None:
            self._loop.remove_reader(self._socket)
            self._loop.remove_writer(self._socket)
            self._connection.pgconn.finish()
            self._connection = None
            self._lost()


_GOOD = {pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK}


def _whole(address: str) -> str:
    """Return the address with what this connection needs besides."""
    theirs = conninfo_to_dict(address)
    options = " ".join([str(theirs.get("options") or ""), *(f"-c {name}={value}" for name, value in _SESSION.items())])
    whole: dict[str, Any] = {**_OURS, **theirs, "options": options, "client_encoding": "UTF8"}
    return make_conninfo(**whole)
