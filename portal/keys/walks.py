"""The orders of an admin's list: each walks an index from a place in it, so that all pages cost the same.

A place is what a key is ordered by, ending in its id: plain numbers, texts and truth values.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, tuple_, type_coerce
from sqlalchemy.orm import InstrumentedAttribute

from portal.accounts.models import Person
from portal.keys.filters import END
from portal.keys.models import Key, KeyLastUsed
from portal.keys.sieve import Order

Place = tuple[int | str | bool, ...]
_MOST = 2**63 - 1


@dataclass(frozen=True)
class Walk:
    """The columns of one order, from the one that counts most, and how to reach them from a key."""

    columns: tuple[ColumnElement[Any], ...]
    kinds: tuple[type, ...]
    joins: tuple[InstrumentedAttribute[Any] | type, ...] = ()

    def ordered(self, rows: Select[Any], *, down: bool) -> Select[Any]:
        """Return `rows` in this order."""
        return rows.order_by(*(column.desc() if down else column.asc() for column in self.columns))

    def beyond(self, rows: Select[Any], place: Place, *, down: bool) -> Select[Any]:
        """Return those of `rows` that come after `place`."""
        here, there = tuple_(*self.columns), tuple_(*place)
        # The first column by itself too: not every index of an expression or of two tables is entered by a tuple.
        first, value = self.columns[0], place[0]
        if not isinstance(value, bool):
            rows = rows.where(first <= value if down else first >= value)
        return rows.where(here < there if down else here > there)

    def place(self, values: Any) -> Place | None:
        """Return the place that came in an address; None when it is none of this order."""
        if not isinstance(values, list) or len(values) != len(self.kinds):
            return None
        fits = all(type(value) is kind for value, kind in zip(values, self.kinds, strict=True))
        numbers = [value for value in values if isinstance(value, int)]
        texts = [value for value in values if isinstance(value, str)]
        if not fits or any(abs(number) > _MOST for number in numbers) or not all(map(str.isprintable, texts)):
            return None
        return tuple(values)


def _raw(column: Any) -> ColumnElement[int]:
    return type_coerce(column, BigInteger)


WALKS: dict[str, Walk] = {
    "created": Walk((_raw(Key.created_at), Key.id.expression), (int, int)),
    "name": Walk((Key.name_folded.expression, Key.id.expression), (str, int)),
    "expires": Walk((END, Key.id.expression), (int, int)),
    "used": Walk(
        (KeyLastUsed.used.expression, _raw(KeyLastUsed.at), KeyLastUsed.key_id.expression), (bool, int, int),
        (KeyLastUsed,),
    ),
    "owner": Walk(
        (Person.email_folded.expression, _raw(Key.created_at), Key.id.expression), (str, int, int), (Person,)
    ),
}  # fmt: skip


def walk_of(order: Order) -> Walk:
    """Return the walk of an order, whatever its direction."""
    return WALKS[order.column]


def joined(rows: Select[Any], tables: Sequence[Any]) -> Select[Any]:
    """Return `rows`, which select from keys, with the tables that a walk or a filter reads."""
    if Person in tables:
        rows = rows.join(Person, Person.id == Key.owner_id)
    return rows.join(KeyLastUsed, KeyLastUsed.key_id == Key.id) if KeyLastUsed in tables else rows
