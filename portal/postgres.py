"""PostgreSQL as the portal uses it: where it is, connections that never wait for ever, and locks over all machines.

A server that is frozen, or a network that swallows packets, answers nothing and closes nothing: the client itself ends
each wait. A statement or a lock that takes too long is ended by the server. See docs/adr/0020-postgresql.md.
"""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from enum import IntEnum
from typing import Any, TypeVar

import psycopg
from psycopg import errors
from psycopg.abc import Buffer, PQGen
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.types.string import StrDumperUnknown

Result = TypeVar("Result")

CONNECT_SECONDS = 2  # the least that libpq knows
LOCK_SECONDS = 3  # a page that says "try again" soon is better than one that comes late
OLDEST = 130_000
GRACE_SECONDS = 0.5  # the client is a little more patient than the server, which can tell what took so long
_LOCKS = 0x706F7274  # the first half of the number of every lock
_SHAPE = "postgresql://user:password@host:port/database"
_SCHEMES = ("postgresql+psycopg://", "postgresql://", "postgres://")
# How long is waited, and in which schema, is said here or in the address; a service is in a file that may not be found.
_NOT_OF_ENVIRONMENT = {"application_name", "client_encoding", "connect_timeout", "dbname", "options", "service"}
_KEEPALIVE = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 20_000}


class Lock(IntEnum):
    """What one process of all machines does at a time."""

    PREPARE = 1
    TICK = 2
    FLUSH = 3


class NoAnswer(psycopg.OperationalError):
    """The server took longer than anybody waits; the connection was closed."""


class Impatient(psycopg.Connection[Any]):
    """A connection that waits for each answer for `patience` seconds at most; without end when that is None."""

    patience: float | None = None

    def wait(self, gen: PQGen[Result], interval: float = 0.1, timeout: float | None = None) -> Result:
        """Wait for an answer; psycopg calls this for every one.

        Raises:
            NoAnswer: it took too long.

        """
        try:
            return super().wait(gen, interval, self.patience if timeout is None else timeout)
        except errors._WaitTimeout:  # noqa: SLF001  # the only name that psycopg has for it
            if timeout is not None:
                raise
            self.pgconn.finish()  # nobody knows any more what it is doing
            raise NoAnswer(f"PostgreSQL did not answer within {self.patience:g} s") from None

    def check_alive(self, seconds: float = CONNECT_SECONDS) -> None:
        """Ask for a sign of life, between transactions; raises an OperationalError when there is none."""
        before, self.patience = self.patience, seconds
        autocommit = self.autocommit
        self.autocommit = True
        self.execute("")
        self.autocommit = autocommit
        self.patience = before


class _WithoutNul(StrDumperUnknown):
    """PostgreSQL knows no NUL in a text. What somebody sends with one in it is found nowhere, and fails no page."""

    def dump(self, obj: str) -> Buffer | None:
        return super().dump(obj.replace("\0", "\ufffd"))


def read_address(url: str) -> str:
    """Return the address for libpq of `url`, a PostgreSQL URL as SQLAlchemy or libpq writes it.

    Where and who, as `PGPASSWORD` and its like say, is in it: a process that serves gives its environment up.

    Raises:
        ValueError: it is none; the message does not quote it, as it may hold a password.

    """
    if url.startswith("sqlite"):
        raise ValueError("must be left out for SQLite, which lives in the data folder (PORTAL_DATA_DIR)")
    scheme = next((known for known in _SCHEMES if url.startswith(known)), None)
    if scheme is None or not url.isprintable() or " " in url:
        raise ValueError(f"must be {_SHAPE}")
    try:
        address: dict[str, Any] = conninfo_to_dict(f"postgresql://{url.removeprefix(scheme)}")
    except psycopg.Error:
        raise ValueError(f"must be {_SHAPE}, with ?name=value for whatever else libpq is to know") from None
    if not address.get("dbname"):
        raise ValueError(f"must name a database: {_SHAPE}")
    try:
        return make_conninfo(**{**_of_environment(), **address})
    except UnicodeError:
        raise ValueError("is followed by variables of libpq (PGPASSWORD, …) that are not UTF-8") from None


def _of_environment() -> dict[str, str]:
    """Return what libpq reads from the environment (https://www.postgresql.org/docs/15/libpq-envars.html), but ours."""
    known = {known.keyword.decode(): known.envvar for known in psycopg.pq.Conninfo.get_defaults() if known.envvar}
    said = {word: os.environ.get(name.decode()) for word, name in known.items() if word not in _NOT_OF_ENVIRONMENT}
    return {word: text for word, text in said.items() if text}


def name_of(address: str) -> str:
    """Return how to speak of the database at `address`: without user and password."""
    parts = conninfo_to_dict(address)
    host, port = parts.get("host") or parts.get("hostaddr") or "this machine", parts.get("port")
    return f"{parts.get('dbname')} on {host}{f', port {port}' if port else ''}"


def one_line(error: BaseException) -> str:
    """Return what PostgreSQL said, often several lines, as one without a full stop."""
    return " ".join(str(error).split()).removesuffix(".") or type(error).__name__


def connect(address: str, *, seconds: float, lock_seconds: float = LOCK_SECONDS, autocommit: bool = True) -> Impatient:
    """Open a connection on which a statement may take so many seconds, of which so many waiting for somebody's lock.

    Raises:
        OperationalError: nobody answered within `CONNECT_SECONDS`, or not with a yes.

    """
    theirs = conninfo_to_dict(address)
    limits = {
        "statement_timeout": round(seconds * 1000), "lock_timeout": round(lock_seconds * 1000),
        "idle_in_transaction_session_timeout": 15_000,  # a process that is frozen must not hold a lock for ever
        "tcp_keepalives_idle": 10, "tcp_keepalives_interval": 5, "tcp_keepalives_count": 3,
    }  # fmt: skip
    options = " ".join([str(theirs.get("options") or ""), *(f"-c {name}={limit}" for name, limit in limits.items())])
    ours = {"application_name": "portal", "connect_timeout": CONNECT_SECONDS, **_KEEPALIVE}
    whole: dict[str, Any] = {**ours, **theirs, "options": options, "client_encoding": "UTF8"}
    connection = Impatient.connect(make_conninfo(**whole), autocommit=autocommit)
    connection.patience = seconds + GRACE_SECONDS
    connection.adapters.register_dumper(str, _WithoutNul)
    return connection


@contextmanager
def held(address: str, lock: Lock, seconds: float) -> Iterator[Impatient]:
    """Hold a lock over all machines for a while, by a connection; wait for it for so many seconds.

    Raises:
        OperationalError: the server is out of reach, or somebody else held the lock for too long.

    """
    with closing(connect(address, seconds=seconds + 1, lock_seconds=seconds)) as connection:
        connection.execute("SELECT pg_advisory_lock(%s, %s)", (_LOCKS, lock))
        yield connection


def unfit(connection: psycopg.Connection[Any]) -> str | None:
    """Say why the portal cannot live in this database, if it cannot."""
    if connection.info.server_version < OLDEST:
        return f"it is PostgreSQL {connection.info.server_version // 10_000}, and the portal needs {OLDEST // 10_000}"
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        return f"it keeps texts as {encoding}, and the portal needs UTF8"
    (read_only,) = connection.execute("SHOW transaction_read_only").fetchone() or ("on",)
    return "it can only be read" if read_only == "on" else None


def hold_until_commit(connection: psycopg.Connection[Any], lock: Lock) -> None:
    """Wait for a lock over all machines, which the transaction then has until it ends."""
    connection.execute("SELECT pg_advisory_xact_lock(%s, %s)", (_LOCKS, lock))


class Turn:
    """A lock over all machines that is held for as long as this process and its connection live."""

    def __init__(self, address: str, lock: Lock) -> None:
        self._address = address
        self._lock = lock
        self._connection: Impatient | None = None
        self._is_held = False

    def take(self) -> bool:
        """Try for the lock, or see that it is still held; return whether it is.

        Raises:
            OperationalError: the server is out of reach: another process may have the lock now.

        """
        try:
            self._is_held = self._take()
        except psycopg.Error:
            self.release()
            raise
        return self._is_held

    def release(self) -> None:
        """Give the lock back; does nothing when it is not held."""
        if self._connection is not None:
            self._connection.close()
        self._connection, self._is_held = None, False

    def _take(self) -> bool:
        if self._connection is None:
            self._connection = connect(self._address, seconds=CONNECT_SECONDS)
        if self._is_held:
            self._connection.check_alive()
            return True
        answer = self._connection.execute("SELECT pg_try_advisory_lock(%s, %s)", (_LOCKS, self._lock)).fetchone()
        return answer is not None and bool(answer[0])
