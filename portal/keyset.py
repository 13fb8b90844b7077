"""Pages of a table that grows without end: each begins at a row, and none looks at more rows than a set number.

A list that is filtered in several ways is read off the index of one filter, the others are compared row by row. Which
one: the filter that fewest rows pass. Where more than `LOOKS_AT` rows pass every one of them, a page looks at so many
and then says where it stopped, so that somebody can look further: it never becomes slow, however little is found.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session

LOOKS_AT = 20_000
_LAST_LETTER = "\U0010ffff"

Mark = tuple[Any, ...]  # where a row stands: the values of the list's position, or the first of them


@dataclass(frozen=True, slots=True)
class Sieve:
    """One filter, said twice: so that its index serves it, and so that no index does.

    `is_ordered` where the rows that pass stand in the index in the order of the list; `is_indexed` where it has one.
    """

    indexed: ColumnElement[bool]
    plain: ColumnElement[bool]
    is_ordered: bool = True
    is_indexed: bool = True


@dataclass(frozen=True, slots=True)
class Place:
    """Which page: what stands before (older than) or after (newer than) a mark; the newest or the oldest without."""

    mark: Mark | None = None
    is_newer: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """The marks of what was found, newest first. `stopped`: where the look ended with more to look at."""

    marks: list[Mark]
    is_more: bool
    stopped: Mark | None = None


@dataclass(frozen=True, slots=True)
class Ledger:
    """A table in its order: `position` is the columns of its primary key; `bounds` narrow every look."""

    position: tuple[Any, ...]
    sieves: Sequence[Sieve] = ()
    bounds: Sequence[ColumnElement[bool]] = field(default=())


def equal(column: Any, value: str | int) -> Sieve:
    """Let rows pass whose `column` is `value`; the column has an index that goes on with the position."""
    hidden = column.concat("") if isinstance(value, str) else column + 0
    return Sieve(column == value, hidden == value)


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
    within = [*ledger.bounds, *([_beyond(ledger.position, place)] if place.mark else [])]
    by, stop = _lead(session, ledger, within, place)
    rest = [sieve.plain for sieve in ledger.sieves if sieve is not by]
    conditions = [*within, *rest, *([by.indexed] if by else []), *([_up_to(ledger, stop, place)] if stop else [])]
    rows = select(*ledger.position).where(*conditions)
    if by is not None and not by.is_ordered:
        rows = _all_before_sorting(rows)
    marks = [tuple(row) for row in session.execute(_ordered(rows, place).limit(most + 1))]
    is_more, found = len(marks) > most, marks[:most]
    return Found(found[::-1] if place.is_newer else found, is_more, None if is_more else stop)


def _lead(
    session: Session, ledger: Ledger, within: Sequence[ColumnElement[bool]], place: Place
) -> tuple[Sieve | None, Mark | None]:
    """Return the filter whose index is read, and where to stop reading it; None where its rows are few enough."""
    ordered = [sieve for sieve in ledger.sieves if sieve.is_indexed and sieve.is_ordered]
    if len(ordered) == len(ledger.sieves) < 2:  # noqa: PLR2004  # whatever is read, is found
        return next(iter(ordered), None), None
    stops = [(_stop(session, ledger, [*within, sieve.indexed], place), sieve) for sieve in ordered]
    for stop, sieve in stops:
        if stop is None:
            return sieve, None
    for sieve in ledger.sieves:
        if sieve.is_indexed and not sieve.is_ordered and _is_few(session, ledger, sieve):
            return sieve, None
    if not stops:
        return None, _stop(session, ledger, within, place)
    reach = max if place.is_newer else min
    stop, sieve = reach(stops, key=lambda pair: pair[0] or ())
    return sieve, stop


def _stop(session: Session, ledger: Ledger, conditions: Sequence[ColumnElement[bool]], place: Place) -> Mark | None:
    """Return where the row stands that is one too many to look at; None when there are fewer."""
    first = ledger.position[0]
    rows = select(first).where(*conditions).order_by(first if place.is_newer else first.desc())
    row = session.execute(rows.limit(1).offset(LOOKS_AT)).one_or_none()
    return None if row is None else tuple(row)


def _is_few(session: Session, ledger: Ledger, sieve: Sieve) -> bool:
    rows = select(ledger.position[0]).where(sieve.indexed)
    return session.execute(rows.limit(1).offset(LOOKS_AT)).one_or_none() is None


def _up_to(ledger: Ledger, stop: Mark, place: Place) -> ColumnElement[bool]:
    first = ledger.position[0]
    bound: ColumnElement[bool] = first <= stop[0] if place.is_newer else first >= stop[0]
    return bound


def _beyond(position: Sequence[Any], place: Place) -> ColumnElement[bool]:
    """Say that a row stands beyond the mark. The first column is compared by itself too: an index may end with it."""
    (first, *others), (value, *values) = position[: len(place.mark or ())], place.mark or ()
    over: ColumnElement[bool] = first > value if place.is_newer else first < value
    if not others:
        return over
    further = others[0] > values[0] if place.is_newer else others[0] < values[0]
    return and_(first >= value if place.is_newer else first <= value, or_(over, further))


def _all_before_sorting(rows: Select[Any]) -> Select[Any]:
    """Read the rows in whatever order they come: else a database may prefer to walk the whole table in order."""
    found = rows.cte("found").prefix_with("MATERIALIZED")
    return select(*found.c)


def _ordered(rows: Select[Any], place: Place) -> Select[Any]:
    columns = list(rows.selected_columns)
    return rows.order_by(*(column if place.is_newer else column.desc() for column in columns))
