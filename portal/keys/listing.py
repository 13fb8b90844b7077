"""Every key on the server, a page at a time: as quick with a million keys as with ten, the last page as the first.

Where a filter lets few keys through, those are read from its index and put in order. Where each lets many through, the
list walks the index of its order and takes the keys that pass, up to a bound: what is rare *and* spread thin is then
looked for a stretch at a time. See docs/adr/0018-admin-lists.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, contains_eager

from portal.accounts.models import DELETED, Person
from portal.clock import to_milliseconds
from portal.keys.filters import Filter, filters, listed
from portal.keys.models import Key, KeyLastUsed
from portal.keys.sieve import Sieve
from portal.keys.walks import Place, Walk, joined, walk_of
from portal.site.settings import SiteSettings

PAGE_SIZE = 50
MOST_COUNTED = 10_000
FEW = 5_000
_STRETCHES = (250, 1_500, 6_000)
_COUNTED_STRETCH = 2_500


class Turn(NamedTuple):
    """Where a page begins: after `place`, or before it. Without a place it is the first page, or the last."""

    place: Place | None = None
    back: bool = False


class Count(NamedTuple):
    """How many keys there are; where `is_all` is false there are more than were counted."""

    number: int
    is_all: bool = True


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of keys with their owners, how many match, and the turns to the pages beside it.

    `looked_further` says that the page is short because a stretch of the list was looked through, not all of it.
    """

    keys: list[Key]
    matching: Count
    previous: Turn | None
    next: Turn | None
    looked_further: bool = False


class _Found(NamedTuple):
    rows: Sequence[Any]
    has_more: bool
    edge: Place | None = None


def page(session: Session, sieve: Sieve, site: SiteSettings, turn: Turn | None = None) -> Listing:
    """Return the page of the keys that pass `sieve` at `turn`; the first one without it."""
    turn = turn or Turn()
    return _Search(session, sieve, site).page(turn)


def totals(session: Session) -> tuple[Count, Count]:
    """Return how many keys are listed, and how many people there are."""
    people = select(Person.id).where(~Person.email_folded.startswith(DELETED))
    return _listed_count(session), count(session, people, MOST_COUNTED)


def count(session: Session, ids: Any, most: int) -> Count:
    """Count the rows of `ids`, up to `most`."""
    number = session.scalar(select(func.count()).select_from(ids.limit(most + 1).subquery())) or 0
    return Count(min(number, most), number <= most)


class _Search:
    """One sieve over the keys of one session."""

    def __init__(self, session: Session, sieve: Sieve, site: SiteSettings) -> None:
        self._session = session
        self._sieve = sieve
        self._filters = filters(session, sieve, site)
        self._walk: Walk = walk_of(sieve.ordering)
        self._few = next((found for found in self._filters if self._has_few(found)), None)

    def page(self, turn: Turn) -> Listing:
        down = self._sieve.ordering.is_down is not turn.back
        found = self._sorted(turn, down=down) if self._few else self._walked(turn, down=down)
        rows = found.rows[::-1] if turn.back else found.rows
        keys = _load(self._session, [row[0] for row in rows])
        first, last = (_place(rows[0]), _place(rows[-1])) if rows else (turn.place, turn.place)
        onward = found.edge or (_place(found.rows[-1]) if found.has_more else None)
        there = Turn(onward, turn.back) if onward else None
        came_from = Turn(last if turn.back else first, not turn.back) if turn.place else None
        previous, following = (there, came_from) if turn.back else (came_from, there)
        alone = len(rows) if turn.place is None and there is None else None
        matching = Count(alone) if alone is not None else self._matching()
        return Listing(keys, matching, previous, following, found.edge is not None)

    def _has_few(self, found: Filter) -> bool:
        return found.ids is not None and count(self._session, found.ids, FEW).is_all

    def _sorted(self, turn: Turn, *, down: bool) -> _Found:
        """Put the keys of the filter that has few in order."""
        rows = self._beyond(self._passing(self._few_ids()), turn, down=down)
        taken = self._session.execute(rows.limit(PAGE_SIZE + 1)).all()
        return _Found(taken[:PAGE_SIZE], len(taken) > PAGE_SIZE)

    def _walked(self, turn: Turn, *, down: bool) -> _Found:
        """Walk the index of the order, in longer and longer stretches until the page is full."""
        found = _Found([], has_more=False)
        for length in _STRETCHES:
            walk = self._beyond(self._source(), self._begin(turn, down=down), down=down)
            rows = self._walk.ordered(self._passing(walk.limit(length)), down=down)
            taken = self._session.execute(rows.limit(PAGE_SIZE + 1)).all()
            if len(taken) > PAGE_SIZE:
                return _Found(taken[:PAGE_SIZE], has_more=True)
            edge = self._session.execute(walk.add_columns(*self._walk.columns).offset(length - 1).limit(1)).first()
            if edge is None:
                return _Found(taken, has_more=False)
            found = _Found(taken, has_more=False, edge=_place(edge))
        return found

    def _beyond(self, rows: Select[Any], turn: Turn, *, down: bool) -> Select[Any]:
        if turn.place is not None:
            rows = self._walk.beyond(rows, turn.place, down=down)
        return self._walk.ordered(rows, down=down)

    def _begin(self, turn: Turn, *, down: bool) -> Turn:
        """Begin where the first key can pass, when that is deep in the order."""
        since = self._sieve.unused_since
        if turn.place is None and down and since is not None and self._sieve.ordering.column == "used":
            return Turn((True, to_milliseconds(since), 0), turn.back)
        return turn

    def _source(self) -> Select[Any]:
        """Return the ids of keys to walk over, with the one filter that lies in this order too."""
        column = self._sieve.ordering.column
        rows = {"used": select(KeyLastUsed.key_id), "owner": select(Key.id).select_from(Person).join(Key)}.get(
            column, select(Key.id)
        )
        own = next((found.walk for found in self._filters if found.order == column and found.walk is not None), None)
        if own is not None:
            rows = rows.where(own)
        if column == "created" and self._sieve.unused_since is not None:
            rows = rows.where(Key.created_at < self._sieve.unused_since)  # a key is not used before it is made
        return rows

    def _few_ids(self) -> Any:
        assert self._few is not None  # noqa: S101  # the caller has looked
        return self._few.ids.limit(FEW + 1)  # type: ignore[union-attr]  # so it has ids

    def _passing(self, ids: Any) -> Select[Any]:
        """Return id and place of those keys of `ids` that pass."""
        among = ids.subquery()
        tables = [*self._walk.joins, *(KeyLastUsed for found in self._filters if found.uses)]
        rows = joined(select(Key.id, *self._walk.columns), tables)
        return rows.where(Key.id.in_(select(among.c[0])), *self._conditions())

    def _conditions(self) -> list[ColumnElement[bool]]:
        return [listed(self._sieve), *(found.condition for found in self._filters)]

    def _matching(self) -> Count:
        """Count what matches; of what many filters let through, in the first stretch of the list only."""
        if not self._filters:
            return _listed_count(self._session)
        if self._few:
            return count(self._session, self._passing(self._few_ids()), FEW)
        down = self._sieve.ordering.is_down
        walk = self._beyond(self._source(), self._begin(Turn(), down=down), down=down)
        seen = count(self._session, self._passing(walk.limit(_COUNTED_STRETCH)), _COUNTED_STRETCH)
        is_whole = self._session.execute(walk.offset(_COUNTED_STRETCH).limit(1)).first() is None
        return Count(seen.number, is_whole)


def _listed_count(session: Session) -> Count:
    """Count the keys that are listed, without reading more than twice as many as are counted."""
    newest = select(Key.id, Key.hidden_at, Key.kind).order_by(Key.created_at.desc()).limit(2 * MOST_COUNTED + 1)
    row = newest.subquery().c
    seen = count(session, select(row.id).where(row.hidden_at.is_(None), row.kind != "session"), MOST_COUNTED)
    is_whole = session.scalar(select(Key.id).order_by(Key.created_at).offset(2 * MOST_COUNTED).limit(1)) is None
    return Count(seen.number, seen.is_all and is_whole)


def _place(row: Any) -> Place:
    return tuple(row[1:])


def _load(session: Session, ids: Sequence[int]) -> list[Key]:
    """Return the keys of `ids`, in their order, with their owners."""
    rows = select(Key).join(Key.owner).options(contains_eager(Key.owner)).where(Key.id.in_(ids))
    by_id = {key.id: key for key in session.scalars(rows)}
    return [by_id[key_id] for key_id in ids if key_id in by_id]
