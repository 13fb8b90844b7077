"""Reads both databases side by side, in the order of their keys, and compares every column of every row."""

from collections.abc import Callable, Generator
from contextlib import closing
from typing import Any

import psycopg
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from portal.audit.chain import Break, Checked, check
from portal.move.fault import MoveFault
from portal.move.source import PAGE, Snapshot
from portal.move.tables import Kind, Table

Row = tuple[Any, ...]


def compare(snapshot: Snapshot, connection: Connection, table: Table, done: Callable[[int], None]) -> int:
    """Return how many rows both have, when all are equal; `done` is told how many more are.

    Raises:
        MoveFault: they are not; the message names table, row and column.

    """
    compared = 0
    done(0)
    with closing(snapshot.pages(table)) as ours, closing(_pages(connection, table)) as theirs:
        for page in ours:
            other = next(theirs, [])
            if page != other:  # numbers, truths, texts and bytes compare by value, whichever database they come from
                raise MoveFault(f"Nothing was moved. {table.name}: {_difference(table, page, other)}.")
            compared += len(page)
            done(len(page))
        if extra := next(theirs, []):
            raise MoveFault(f"Nothing was moved. {table.name} has a row too many: {table.named(extra[0])}.")
    return compared


def check_trail(connection: Connection, expected: Break | None, done: Callable[[int], None]) -> int:
    """Walk the audit trail on the target and return how many entries it has; `expected` is where it broke before.

    Raises:
        MoveFault: it breaks elsewhere.

    """
    done(0)
    found: Checked | Break = Checked()
    reached = 0
    with Session(bind=connection) as session:
        while isinstance(found, Checked) and not found.is_all:
            found = check(session, found)
            if found.seq > reached:
                done(found.seq - reached)
            reached = found.seq
    if (found if isinstance(found, Break) else None) != expected:
        raise MoveFault(f"Nothing was moved. The audit trail that arrived does not hold at entry {found.seq}.")
    return reached


def _pages(connection: Connection, table: Table) -> Generator[list[Row]]:
    """Yield the rows as SQLite orders them: texts byte by byte."""
    kinds = {column.name: column.kind for column in table.columns}
    columns = ", ".join(f'"{name}"' for name in kinds)
    key = ", ".join(f'"{name}"' + (' COLLATE "C"' if kinds[name] is Kind.TEXT else "") for name in table.key)
    raw: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
    with closing(raw.cursor(name="compare")) as cursor:
        cursor.execute(f'SELECT {columns} FROM "{table.name}" ORDER BY {key}', binary=True)  # noqa: S608
        while page := cursor.fetchmany(PAGE):
            yield page


def _difference(table: Table, ours: list[Row], theirs: list[Row]) -> str:
    pairs = zip(ours, theirs, strict=False)
    one, other = next(((one, other) for one, other in pairs if one != other), (None, None))
    if one is None or other is None:  # one of the pages ends before the other
        return f"{table.named(max(ours, theirs, key=len)[min(len(ours), len(theirs))])} is in one database only"
    if table.key_of(one) != table.key_of(other):
        return f"{table.named(one)} is not where it should be, but {table.named(other)} is"
    names = [column.name for column, a, b in zip(table.columns, one, other, strict=True) if a != b]
    return f"{table.named(one)} differs in {', '.join(names)}"
