"""Copies tables with COPY into a transaction of the target, as they are: no trigger adds to them."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

import psycopg
from sqlalchemy import Connection

from portal.move.fault import MoveFault
from portal.move.source import Snapshot
from portal.move.tables import Table

_TRIGGERS = """
    SELECT relname, tgname, tgenabled::text FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
    WHERE NOT tgisinternal AND relnamespace = current_schema()::regnamespace AND tgenabled IN ('O', 'A')
"""
_ENABLE = {"O": "ENABLE TRIGGER", "A": "ENABLE ALWAYS TRIGGER"}


@contextmanager
def triggers_off(connection: Connection, tables: Iterable[Table]) -> Iterator[None]:
    """Let no trigger act on what is copied; they are on again when the block ends well, or the transaction does not."""
    names = {table.name for table in tables}
    triggers = [row for row in connection.exec_driver_sql(_TRIGGERS).all() if row[0] in names]
    for table, trigger, _mode in triggers:
        connection.exec_driver_sql(f'ALTER TABLE "{table}" DISABLE TRIGGER "{trigger}"')
    yield
    for table, trigger, mode in triggers:
        connection.exec_driver_sql(f'ALTER TABLE "{table}" {_ENABLE[mode]} "{trigger}"')


def copy(snapshot: Snapshot, connection: Connection, table: Table, done: Callable[[int], None]) -> None:
    """Copy all rows of a table; `done` is told how many more are.

    Raises:
        MoveFault: PostgreSQL does not take a row; the message names it.

    """
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    done(0)
    try:
        with _cursor(connection) as cursor, cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copying:
            for page in snapshot.pages(table):
                for row in page:
                    copying.write_row(row)
                done(len(page))
    except (psycopg.DataError, psycopg.IntegrityError, psycopg.errors.ProgramLimitExceeded) as error:
        raise MoveFault(f"Nothing was moved. {_refused_row(snapshot, table, error)}") from None


def continue_numbers(connection: Connection, table: Table) -> None:
    """Let the next row that is made get the number after the highest. Undone with the transaction, unlike setval."""
    if len(table.key) != 1:
        return
    (column,) = table.key
    found = connection.exec_driver_sql("SELECT pg_get_serial_sequence(%s, %s)", (f'"{table.name}"', column)).scalar()
    if found is not None:
        highest = connection.exec_driver_sql(f'SELECT max("{column}") FROM "{table.name}"').scalar()  # noqa: S608
        connection.exec_driver_sql(f"ALTER SEQUENCE {found} RESTART WITH {max((highest or 0) + 1, 1)}")


def learn(connection: Connection, tables: Iterable[Table]) -> None:
    """Let PostgreSQL learn how much there is of what, which it plans queries by."""
    for table in tables:
        connection.exec_driver_sql(f'ANALYZE "{table.name}"')


def _cursor(connection: Connection) -> psycopg.Cursor[Any]:
    raw: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
    return raw.cursor()


def _refused_row(snapshot: Snapshot, table: Table, error: psycopg.Error) -> str:
    """Name the row by the number of the line that the server complains of; the line itself may hold anything."""
    said = error.diag.message_primary or "no reason"
    context = str(error.diag.context or "")
    _copy, found, rest = context.partition(f"COPY {table.name}, line ")
    line = rest.partition(":")[0].partition(",")[0]
    if not found or not line.isdigit():
        return f"PostgreSQL refuses a row of {table.name}: {said}."
    row = next(islice(snapshot.rows(table), int(line) - 1, None))
    return f"PostgreSQL refuses {table.name}, {table.named(row)}: {said}."
