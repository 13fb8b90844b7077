"""A few connections to PostgreSQL for many threads, each lent for a statement or two.

Not psycopg_pool: its threads connect anew with growing pauses, and do not outlive a fork. Here whoever needs a
connection opens it, so a server that is back serves at once; one that is frozen is given a rest, so that not every
thread in turn waits for it.
"""

import select
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager

from psycopg import errors
from psycopg.pq import TransactionStatus

from portal.postgres import CONNECT_SECONDS, GRACE_SECONDS, Impatient, NoAnswer, connect

MOST = 8
REST_SECONDS = 1.0


class Pool:
    """Lends connections in autocommit mode, `most` at a time; they are opened on first use, so a fork copies none."""

    def __init__(self, address: str, *, seconds: float = CONNECT_SECONDS, most: int = MOST) -> None:
        self._address = address
        self._seconds = seconds
        self._turns = threading.Semaphore(most)
        self._idle: list[Impatient] = []  # the last one first: it is warm
        self._rests_until = 0.0
        self._is_closed = False

    @contextmanager
    def borrow(self) -> Iterator[Impatient]:
        """Lend a connection for a moment; one that breaks meanwhile does not come back.

        Raises:
            OperationalError: the server is out of reach; NoAnswer: it is silent, or everything is lent out.

        """
        self._refuse_at_rest()
        if not self._turns.acquire(timeout=self._seconds):
            raise NoAnswer("Every connection to PostgreSQL was in use for too long")
        try:
            self._refuse_at_rest()  # whoever was before may have learned that nobody answers
            with self._rest_when_silent():
                connection = self._take()
                try:
                    yield connection
                finally:
                    self._give_back(connection)
        finally:
            self._turns.release()

    def close(self) -> None:
        """Close what is not lent out, and what is as soon as it comes back."""
        self._is_closed = True
        while self._idle:
            self._idle.pop().close()

    def _refuse_at_rest(self) -> None:
        if time.monotonic() < self._rests_until:
            raise NoAnswer("PostgreSQL did not answer a moment ago")

    @contextmanager
    def _rest_when_silent(self) -> Iterator[None]:
        try:
            yield
        except (NoAnswer, errors.ConnectionTimeout):
            self._rests_until = time.monotonic() + REST_SECONDS
            raise

    def _take(self) -> Impatient:
        while self._idle:
            connection = self._idle.pop()
            if _is_quiet(connection):
                return connection
            connection.close()
        return self._open()

    def _open(self) -> Impatient:
        """Open a connection in the time that an answer may take; libpq itself waits for two seconds at the least."""
        opening: Future[Impatient] = Future()
        threading.Thread(target=self._open_in, args=(opening,), name="postgres-opening", daemon=True).start()
        try:
            return opening.result(self._seconds + GRACE_SECONDS)
        except TimeoutError:
            opening.add_done_callback(_close)
            raise NoAnswer("PostgreSQL did not let anybody in for too long") from None

    def _open_in(self, opening: "Future[Impatient]") -> None:
        try:
            opening.set_result(connect(self._address, seconds=self._seconds, lock_seconds=self._seconds))
        except BaseException as error:  # noqa: BLE001  # whoever waits is told
            opening.set_exception(error)

    def _give_back(self, connection: Impatient) -> None:
        is_idle = not connection.closed and connection.pgconn.transaction_status == TransactionStatus.IDLE
        if is_idle and not self._is_closed:
            self._idle.append(connection)
        else:
            connection.close()


def _close(opening: "Future[Impatient]") -> None:
    """Close a connection that came when nobody waited for it any more."""
    if opening.exception() is None:
        opening.result().close()


def _is_quiet(connection: Impatient) -> bool:
    """Return whether the server has said nothing since: it speaks unasked only to say goodbye. Costs no round trip."""
    poll = select.poll()
    poll.register(connection.pgconn.socket, select.POLLIN)
    return not poll.poll(0)
