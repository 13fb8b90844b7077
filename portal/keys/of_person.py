"""The keys of one person as an admin looks through them: newest first, a page at a time, and how many live."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, func, or_, select, tuple_
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.models import Person
from portal.keys.lifetime import lasts_beyond
from portal.keys.models import Key, KeyLastUsed
from portal.site.settings import SiteSettings

PAGE_SIZE = 50
COUNTED = 1_000
MOST_TAKEN = 10_000
LATELY = timedelta(days=30)


class Show(StrEnum):
    """Which keys of the person to list."""

    LIVING = "living"
    USED = "used"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Wish:
    """What to list, and the page after or before the key of a public id, or the last one."""

    show: Show = Show.LIVING
    after: str | None = None
    before: str | None = None
    last: bool = False


@dataclass(frozen=True, slots=True)
class KeyPage:
    """One page of keys, and whether there are others before and after them."""

    keys: Sequence[Key]
    wish: Wish
    has_previous: bool
    has_next: bool


def page(session: Session, owner_id: int, wish: Wish, site: SiteSettings, size: int = PAGE_SIZE) -> KeyPage:
    """Return the page that `wish` asks for: the first at an unknown key, the first or the last beyond an end."""
    rows = select(Key).where(*_conditions(owner_id, wish.show, site))
    edge = _edge(session, owner_id, wish.after or wish.before)
    backwards = wish.last or (edge is not None and wish.after is None)
    keys = list(session.scalars(_from_edge(rows, edge, backwards=backwards).limit(size + 1)))
    more, keys = len(keys) > size, keys[:size]
    if not keys and edge is not None:
        return page(session, owner_id, Wish(wish.show, last=not backwards), site, size)
    beyond = edge is not None and session.scalar(_from_edge(rows, edge, backwards=not backwards, too=True).limit(1))
    if backwards:
        return KeyPage(keys[::-1], wish, has_previous=more, has_next=bool(beyond))
    return KeyPage(keys, wish, has_previous=bool(beyond), has_next=more)


def counts(session: Session, owner_id: int, site: SiteSettings) -> dict[Show, int]:
    """Return how many keys each `Show` lists: exact up to 1,000, else one more."""
    return {show: _count(session, owner_id, show, site) for show in Show}


def living_counts(session: Session, person_ids: Sequence[int], site: SiteSettings) -> dict[int, int]:
    """Return how many keys of each of these people live: exact up to 1,000, else one more."""
    some = select(Key.id).where(Key.owner_id == Person.id, *_living(site)).correlate(Person).limit(COUNTED + 1)
    number = select(func.count()).select_from(some.subquery()).scalar_subquery()
    rows = session.execute(select(Person.id, number).where(Person.id.in_(person_ids)))
    return {row.id: row[1] for row in rows}


def picked(session: Session, owner_id: int, public_ids: Sequence[str]) -> list[Key]:
    """Return those of these keys that are the person's; any other is as unknown as one that never was."""
    wanted = select(Key).where(Key.owner_id == owner_id, Key.public_id.in_(public_ids)).order_by(Key.id)
    return list(session.scalars(wanted))


def living(session: Session, owner_id: int, site: SiteSettings) -> list[Key]:
    """Return the keys of the person that are not over, the first 10,000; one without a secret yet lives too."""
    wanted = select(Key).where(Key.owner_id == owner_id, *_living(site)).order_by(Key.id)
    return list(session.scalars(wanted.limit(MOST_TAKEN)))


def _conditions(owner_id: int, show: Show, site: SiteSettings) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = [Key.owner_id == owner_id]
    if show is not Show.ALL:
        wanted += _living(site)
    if show is Show.USED:
        wanted.append(Key.last_used.has(KeyLastUsed.at > clock.now() - LATELY))
    return wanted


def _living(site: SiteSettings) -> list[ColumnElement[bool]]:
    return [Key.revoked_at.is_(None), or_(Key.secret_made_at.is_(None), lasts_beyond(clock.now(), site))]


def _edge(session: Session, owner_id: int, public_id: str | None) -> Key | None:
    if public_id is None:
        return None
    return session.scalars(select(Key).where(Key.public_id == public_id, Key.owner_id == owner_id)).one_or_none()


def _from_edge(rows: Select[Key], edge: Key | None, *, backwards: bool, too: bool = False) -> Select[Key]:
    """Order `rows` from the edge on, newest first or, `backwards`, oldest first; `too` counts the edge itself in."""
    place = tuple_(Key.created_at, Key.id)
    if edge is not None:
        here = tuple_(edge.created_at, edge.id, types=[Key.created_at.type, Key.id.type])
        beyond = (place >= here if too else place > here) if backwards else (place <= here if too else place < here)
        rows = rows.where(beyond)
    return rows.order_by(Key.created_at, Key.id) if backwards else rows.order_by(Key.created_at.desc(), Key.id.desc())


def _count(session: Session, owner_id: int, show: Show, site: SiteSettings) -> int:
    some = select(Key.id).where(*_conditions(owner_id, show, site)).limit(COUNTED + 1)
    return session.scalar(select(func.count()).select_from(some.subquery())) or 0
