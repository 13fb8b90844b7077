"""Pages of a table that grows without end: each begins at a row, and none looks at more rows than a set number.

A list that is filtered in several ways is read off the index of one filter, the others are compared row by row. Which
one: the filter that fewest rows pass. Where more than `LOOKS_AT` rows pass every one of them, a page looks at so many
and then says where it stopped, so that somebody can look further: it never becomes slow, however little is found.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select, tuple_
from sqlalchemy.orm import Session

LOOKS_AT = 10_000
_LAST_LETTER = "\U0010ffff"
_LEAST, _MOST = -(2**63), 2**63 - 1

Mark = tuple[Any, ...]  # where a row stands: the values of the list's position, or the first of them
Condition = ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Sieve:
    """One filter, said twice: so that its index serves it, and so that no index does.

    `is_ordered` where the rows that pass stand in the index in the order of the list; `is_indexed` where it has one.
    `pair` is what the index begins with and the value that it must equal, `also` what the whole index is confined to.
    """

    indexed: Condition
    plain: Condition
    is_ordered: bool = True
    is_indexed: bool = True
    pair: tuple[Any, Any] | None = None
    also: Condition | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Which page: what stands before (older than) or after (newer than) a mark; the newest or the oldest without."""

    mark: Mark | None = None
    is_newer: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """What was found, newest first: marks, and whole rows, which begin with their marks.

    `stopped`: where the look ended with more to look at.
    """

    marks: list[Mark]
    rows: list[tuple[Any, ...]]
    is_more: bool
    stopped: Mark | None = None


@dataclass(frozen=True, slots=True)
class Ledger:
    """A table in its order: `position` is the columns of its primary key, `columns` what else is read of each row.

    Every look keeps to `least` ≤ the first of them ≤ `most`, and to the `conditions`.
    """

    position: tuple[Any, ...]
    sieves: Sequence[Sieve] = ()
    least: int | None = None
    most: int | None = None
    conditions: Sequence[Condition] = field(default=())
    columns: Sequence[ColumnElement[Any]] = ()


def equal(column: Any, value: str | int) -> Sieve:
    """Let rows pass whose `column` is `value`; the column has an index that goes on with the position."""
    hidden = column.concat("") if isinstance(value, str) else column + 0
    return Sieve(column == value, hidden == value, pair=(column, value))


def begins(column: Any, text: str) -> Sieve:
    """Let rows pass whose `column` begins with `text`; the column compares byte by byte."""
    hidden = column.concat("")
    return Sieve(
        and_(column >= text, column < text + _LAST_LETTER),
        and_(hidden >= text, hidden < text + _LAST_LETTER),
        is_ordered=False,
    )


def look(session: Session, ledger: Ledger, place: Place, most: int) -> Found:
    """Return the marks of the page at `place`, up to `most` of them."""
    ledger = _beside(ledger, place)
    by, stop = _lead(session, ledger, place)
    if stop is not None:
        ledger = replace(ledger, most=stop) if place.is_newer else replace(ledger, least=stop)
    rest = [sieve.plain for sieve in ledger.sieves if sieve is not by]
    rows = _completed(ledger, _rows(session, ledger, by, place, rest).limit(most + 1), place)
    read = [tuple(row) for row in session.execute(rows)]
    is_more, found = len(read) > most, read[:most]
    if place.is_newer:
        found.reverse()
    stopped = None if is_more or stop is None else (stop,)
    return Found([row[: len(ledger.position)] for row in found], found, is_more, stopped)


def _beside(ledger: Ledger, place: Place) -> Ledger:
    """Narrow the ledger to the rows beyond the mark."""
    if place.mark is None:
        return ledger
    (first, *others), (value, *values) = ledger.position, place.mark
    beyond: Condition = first > value if place.is_newer else first < value
    if values:
        further = others[0] > values[0] if place.is_newer else others[0] < values[0]
        beyond = or_(beyond, and_(first == value, further))
    ledger = replace(ledger, conditions=[*ledger.conditions, beyond])
    if place.is_newer:
        return replace(ledger, least=value if ledger.least is None else max(ledger.least, value))
    return replace(ledger, most=value if ledger.most is None else min(ledger.most, value))


def _lead(session: Session, ledger: Ledger, place: Place) -> tuple[Sieve | None, int | None]:
    """Return the filter whose index is read, and where to stop reading it; None where its rows are few enough."""
    ordered = [sieve for sieve in ledger.sieves if sieve.is_indexed and sieve.is_ordered]
    if len(ordered) == len(ledger.sieves) < 2:  # noqa: PLR2004  # whatever is read, is found
        return next(iter(ordered), None), None
    stops: list[tuple[int, Sieve]] = []
    for sieve in ordered:
        stop = _stop(session, ledger, sieve, place)
        if stop is None:
            return sieve, None
        stops.append((stop, sieve))
    for sieve in ledger.sieves:
        if sieve.is_indexed and not sieve.is_ordered and _is_few(session, ledger, sieve):
            return sieve, None
    if not stops:
        return None, _stop(session, ledger, None, place)
    stop, leading = (max if place.is_newer else min)(stops, key=lambda pair: pair[0])
    return leading, stop


def _stop(session: Session, ledger: Ledger, by: Sieve | None, place: Place) -> int | None:
    """Return where the row stands that is one too many to look at; None when there are fewer."""
    first = ledger.position[0]
    rows = _rows(session, replace(ledger, position=(first,), conditions=()), by, place)
    stop: int | None = session.scalar(rows.limit(1).offset(LOOKS_AT))
    return stop


def _is_few(session: Session, ledger: Ledger, sieve: Sieve) -> bool:
    rows = select(ledger.position[0]).where(sieve.indexed)
    return session.execute(rows.limit(1).offset(LOOKS_AT)).one_or_none() is None


def _rows(
    session: Session, ledger: Ledger, by: Sieve | None, place: Place, rest: Sequence[Condition] = ()
) -> Select[Any]:  # fmt: skip
    """Return the positions of the rows in order, so that no database reads them but from the index of `by`.

    Left alone, PostgreSQL rather walks the whole table in order where it takes what is looked for to be frequent: it
    trusts that one comes along soon. So rows are either read along the index, or all of them before they are sorted.
    """
    rows, order = select(*ledger.position), list(ledger.position)
    rows = rows.where(*ledger.conditions, *rest)
    is_postgres = session.get_bind().dialect.name == "postgresql"
    if by is not None and by.pair and is_postgres and not rest:
        also = [] if by.also is None else [by.also]
        rows, order = rows.where(*_along(ledger, by.pair), *also), [by.pair[0], *order]
    else:
        rows = rows.where(*_between(ledger), *([by.indexed] if by else []))
    if by is not None and (not by.is_ordered or (is_postgres and rest)):
        found = rows.cte("found").prefix_with("MATERIALIZED")
        rows, order = select(*found.c), list(found.c)
    return rows.order_by(*_in_order(order, place))


def _completed(ledger: Ledger, positions: Select[Any], place: Place) -> Select[Any]:
    """Read the other columns too, of no more rows than are wanted."""
    if not ledger.columns:
        return positions
    page = positions.subquery("page")
    same = [column == found for column, found in zip(ledger.position, page.c, strict=True)]
    rows = select(*ledger.position, *ledger.columns).where(*same)
    return rows.order_by(*_in_order(ledger.position, place))


def _in_order(columns: Sequence[Any], place: Place) -> list[Any]:
    return [column if place.is_newer else column.desc() for column in columns]


def _between(ledger: Ledger) -> list[Condition]:
    first = ledger.position[0]
    bounds = [] if ledger.least is None else [first >= ledger.least]
    return bounds if ledger.most is None else [*bounds, first <= ledger.most]


def _along(ledger: Ledger, pair: tuple[Any, Any]) -> list[Condition]:
    """Say `column = value` as a stretch of its index."""
    column, value = pair
    both = tuple_(column, ledger.position[0])
    least = _LEAST if ledger.least is None else ledger.least
    most = _MOST if ledger.most is None else ledger.most
    return [column.is_not(None), both >= tuple_(value, least), both <= tuple_(value, most)]
