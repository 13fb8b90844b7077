"""Many rows at once, by the quickest way that each database has; times are milliseconds since 1970."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session

from portal.accounts.models import Person, SignIn
from portal.keys.models import Key
from portal.rows import Rows

_CACHE = text("PRAGMA cache_size = -131072")  # 128 MiB: pages of indexes in no order are written once in a batch
_RESERVE = text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)")
# A key has its row from the trigger that stands on `key`.
_SET_LAST_USED = text(
    "INSERT INTO key_last_used (key_id, at, address, used) VALUES (:key_id, :at, :address, true) "
    "ON CONFLICT (key_id) DO UPDATE SET at = excluded.at, address = excluded.address, used = true"
)


def widen_cache(session: Session) -> None:
    """Let SQLite keep more pages in memory for as long as the connection lives; no database else needs it."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(_CACHE)


def reserve(session: Session, table: type[Person | Key | SignIn], count: int) -> list[int]:
    """Return ids, in order, that no other row of `table` has or will get."""
    if session.get_bind().dialect.name == "postgresql":
        name = f'"{table.__tablename__}"'
        return sorted(session.scalars(_RESERVE, {"name": name, "count": count}))
    first = (session.scalar(select(func.max(table.id))) or 0) + 1  # SQLite has one writer, and that is us
    return list(range(first, first + count))


def pour(session: Session, table: type[Rows], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Add rows, each with these columns in this order. They pass by the types of the columns, and by no constraint."""
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        many = list(rows)
        if many:
            connection.exec_driver_sql(_sqlite_insert(table, tuple(columns)), many)
        return
    cursor: Any = connection.connection.cursor()
    names = ", ".join(f'"{name}"' for name in columns)
    with cursor.copy(f'COPY "{table.__tablename__}" ({names}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row(row)


def set_last_used(session: Session, uses: Iterable[tuple[int, int, str]]) -> None:
    """Write down (key id, when, from which address) the key was used last."""
    rows = [{"key_id": key_id, "at": at, "address": address} for key_id, at, address in uses]
    if rows:
        session.execute(_SET_LAST_USED, rows)


@cache
def _sqlite_insert(table: type[Rows], columns: tuple[str, ...]) -> str:
    from sqlalchemy.dialects import sqlite  # noqa: PLC0415  # only there

    return str(insert(table).compile(dialect=sqlite.dialect(), column_keys=list(columns)))
