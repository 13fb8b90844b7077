"""The PostgreSQL that an installation is moved to: whether it can be, and the one transaction in which it is."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import Connection, NullPool, create_engine
from sqlalchemy.exc import DBAPIError

from portal import postgres
from portal.move.fault import MoveFault
from portal.move.tables import LEFT_OUT, MOVED, REVISION, Table

_CONNECT_SECONDS = 10
_LOCK_SECONDS = 5
_SECRETS = ("password", "passfile", "sslpassword")
_SORRY = {
    "42501": "this user may not do that there",
    "53100": "its disk is full",
    "55P03": "somebody else is using it",
    "57P01": "somebody has ended the connection",
}


class Target:
    """The database at `url`. No message has more of it than its name and where it is.

    Raises:
        MoveFault: that is no address of a PostgreSQL.

    """

    def __init__(self, url: str) -> None:
        try:
            self.address = postgres.read_address(url)
        except ValueError as error:
            raise MoveFault(f"The address {error}.") from None
        self.name = postgres.name_of(self.address)

    def open_one(self) -> psycopg.Connection[Any]:
        """Open a connection on which things may take as long as they take."""
        return psycopg.connect(self.address, connect_timeout=_CONNECT_SECONDS, client_encoding="UTF8")

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Give a connection in one transaction that commits at the end and rolls back on any exception.

        Raises:
            MoveFault: the server refuses something, or cannot be reached.

        """
        engine = create_engine("postgresql+psycopg://", creator=self.open_one, poolclass=NullPool, hide_parameters=True)
        with self.in_one_line(), engine.begin() as connection:
            for wait in ("statement_timeout", "idle_in_transaction_session_timeout"):
                connection.exec_driver_sql(f"SET LOCAL {wait} = 0")  # what takes long here is meant to
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_LOCK_SECONDS}s'")
            yield connection

    @contextmanager
    def in_one_line(self) -> Iterator[None]:
        """Say what the server complains of in one line, without the password."""
        try:
            yield
        except (DBAPIError, psycopg.Error) as error:
            why = self._why(error.orig if isinstance(error, DBAPIError) else error)
            raise MoveFault(f"Nothing was moved. The database {self.name}: {why}.") from None

    def _why(self, error: Any) -> str:
        known = _SORRY.get(getattr(error, "sqlstate", None) or "")
        if known is not None:
            return known
        said = getattr(getattr(error, "diag", None), "message_primary", None) or postgres.one_line(error)
        parts = conninfo_to_dict(self.address)
        for secret in (str(parts[name]) for name in _SECRETS if parts.get(name)):
            said = said.replace(secret, "***")
        return str(said)


def check_server(connection: Connection, name: str) -> None:
    """Make sure that the portal can live in that database.

    Raises:
        MoveFault: the server is too old or takes no writing, the encoding is another, or it holds what is not ours.

    """
    raw: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
    why = postgres.unfit(raw)
    if why is not None:
        raise MoveFault(f"{name} cannot be used: {why}.")
    may_make = "SELECT coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)"
    if not connection.exec_driver_sql(may_make).scalar():
        raise MoveFault(f"{name} cannot be used: this user may not make tables there.")
    there = table_names(connection)
    strangers = sorted(there - MOVED - {*LEFT_OUT, REVISION})
    if strangers or (there and REVISION not in there):
        raise MoveFault(f"{name} has tables of something else, as {min(strangers or there)}. Make a new database.")


def table_names(connection: Connection) -> set[str]:
    """Return the names of the tables that are there."""
    rows = connection.exec_driver_sql("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
    return set(rows.scalars())


def first_with_rows(connection: Connection, tables: Iterable[Table]) -> str | None:
    """Return the name of a table that has rows; None when all that are there are empty."""
    there = table_names(connection)
    return next((table.name for table in tables if table.name in there and _has_rows(connection, table.name)), None)


def lock(connection: Connection, tables: Iterable[Table]) -> None:
    """Keep everybody else from writing into the tables until the transaction ends."""
    names = ", ".join(f'"{table.name}"' for table in tables)
    connection.exec_driver_sql(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE")


def rows(connection: Connection, table: Table) -> list[tuple[Any, ...]]:
    """Return all rows of a small table."""
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    return [tuple(row) for row in connection.exec_driver_sql(f'SELECT {names} FROM "{table.name}"')]  # noqa: S608


def revision(connection: Connection) -> str | None:
    """Return the migration at which the database stands; None where it stands at none."""
    return connection.exec_driver_sql(f"SELECT version_num FROM {REVISION}").scalar()  # noqa: S608


def _has_rows(connection: Connection, table: str) -> bool:
    return connection.exec_driver_sql(f'SELECT 1 FROM "{table}" LIMIT 1').first() is not None  # noqa: S608
