"""What SQLite holds and PostgreSQL cannot: found and named before anything is copied, and never dropped silently."""

import json
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, NoReturn

from portal.move.fault import MoveFault
from portal.move.source import Snapshot
from portal.move.tables import Column, Kind, Table

TOLD = 20
_KINDS: dict[Kind, type[Any]] = {Kind.NUMBER: int, Kind.TRUTH: int, Kind.TEXT: str, Kind.BYTES: bytes}

Read = Callable[[int], None]  # is told how many more rows were read


def refuse_misfits(snapshot: Snapshot, tables: list[Table], read: Callable[[Table], Read]) -> None:
    """Read everything once.

    Raises:
        MoveFault: something in it does not fit into PostgreSQL; the message has one line for each, 20 at most.

    """
    found = list(islice(_misfits(snapshot, tables, read), TOLD + 1))
    if found:
        more = ["and more"] if len(found) > TOLD else []
        lines = "\n".join(f"  {line}" for line in (*found[:TOLD], *more))
        raise MoveFault(f"Nothing was moved. PostgreSQL cannot hold what is in the database:\n{lines}")


def _misfits(snapshot: Snapshot, tables: list[Table], read: Callable[[Table], Read]) -> Iterator[str]:
    yield from snapshot.damage()
    for table in tables:
        told = read(table)
        told(0)
        for page in snapshot.pages(table):
            for row in page:
                for column, value in zip(table.columns, row, strict=True):
                    why = _misfit(column, value)
                    if why:
                        yield f"{table.name}, {table.named(row)}: {column.name} {why}"
            told(len(page))


def _misfit(column: Column, value: Any) -> str:
    """Return why a value does not fit into its column; nothing where it does."""
    if value is None:
        return "is missing" if column.is_required else ""
    if type(value) is not _KINDS[column.kind]:
        return f"is not {column.kind}"
    if column.kind is Kind.TEXT:
        return _text_misfit(column, value)
    if column.kind is Kind.TRUTH:
        return "" if value in {0, 1} else f"is not {column.kind}"
    return "is too large a number" if column.most and not -column.most <= value < column.most else ""


def _text_misfit(column: Column, text: str) -> str:
    if "\0" in text:
        return "has a NUL character"
    if not text.isascii() and not _is_utf_8(text):
        return "has bytes that are no UTF-8"
    if column.most is not None and len(text) > column.most:
        return f"has more than {column.most} characters"
    return "is no JSON" if column.is_json and not _is_json(text) else ""


def _is_utf_8(text: str) -> bool:
    try:
        return bool(text.encode())
    except UnicodeEncodeError:
        return False


def _is_json(text: str) -> bool:
    try:
        json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return False
    return True


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)
