"""Acts on many keys at once: all of them or none, with an audit entry for each key and one banner for each owner.

The rows are written by few statements and not key by key: while this lasts, nobody else can write. Acts on thousands
go through `keys/long_acts.py`.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, and_, or_, select, update
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts import banners
from portal.audit import trail
from portal.audit.events import Actor, Event
from portal.keys import journal
from portal.keys.filters import filters, listed
from portal.keys.models import Key, KeyLastUsed
from portal.keys.sieve import Sieve
from portal.keys.walks import joined
from portal.site.settings import SiteSettings

MOST_AT_ONCE = 10_000
_NAMED = 3
_IN_A_STATEMENT = 500


class Act(NamedTuple):
    """What is done to keys: which of them it changes, what it leaves in the trail, how its columns begin."""

    changes: Callable[[], ColumnElement[bool]]
    event: Event
    word: str


def _can_be_paused() -> ColumnElement[bool]:
    """Return the condition that a key works, or will: what is over, or never began, is left as it is."""
    ends_later = or_(Key.expires_at.is_(None), Key.expires_at > clock.now())
    return and_(Key.revoked_at.is_(None), Key.paused_at.is_(None), Key.secret_made_at.is_not(None), ends_later)


REVOKE = Act(lambda: Key.revoked_at.is_(None), Event.KEY_REVOKED, "revoked")
PAUSE = Act(_can_be_paused, Event.KEY_PAUSED, "paused")
ACTS = {"revoke": REVOKE, "pause": PAUSE}

Changed = Row[tuple[int, str, str, int]]  # id, public id, name and owner of a key


def matching(
    session: Session, sieve: Sieve, site: SiteSettings, *, upto: int | None = None, act: Act | None = None
) -> list[int]:
    """Return the ids of the keys that pass `sieve`, at most one more than an act takes.

    `upto` leaves out keys with a higher id: those that were made after somebody looked. `act` leaves out those that it
    would not change.
    """
    found = filters(session, sieve, site)
    tables = [KeyLastUsed for each in found if each.uses]
    rows = joined(select(Key.id), tables).where(listed(sieve), *(each.condition for each in found))
    few = next((each for each in found if each.ids is not None), None)
    if few is not None and few.ids is not None:
        rows = rows.where(Key.id.in_(select(few.ids.subquery().c[0])))
    if upto is not None:
        rows = rows.where(Key.id <= upto)
    if act is not None:
        rows = rows.where(act.changes())
    return list(session.scalars(rows.order_by(Key.id).limit(MOST_AT_ONCE + 1)))


def ticked(session: Session, public_ids: Sequence[str], act: Act) -> list[int]:
    """Return the ids of those of these keys that the act would change; what is no public id is passed over."""
    readable = [text for text in public_ids if text.isascii() and text.isprintable()]
    rows = select(Key.id).where(Key.public_id.in_(readable), Key.hidden_at.is_(None), act.changes())
    return list(session.scalars(rows.order_by(Key.id)))


def owners(session: Session, ids: Sequence[int]) -> int:
    """Return how many people own these keys."""
    found: set[int] = set()
    for some in _sliced(ids):
        found.update(session.scalars(select(Key.owner_id).where(Key.id.in_(some))))
    return len(found)


def stop(session: Session, by: Actor, act: Act, ids: Sequence[int], reason: str | None = None) -> int:
    """Do the act to the keys that it changes, in one transaction, and tell their owners; return how many there were.

    Keys that were revoked before stay as they were, and so do paused ones that are to be paused.
    """
    changed = change(session, by, act, ids, reason=reason, moment=clock.now())
    tell_owners(session, by, act, changed, reason)
    return len(changed)


def change(
    session: Session, by: Actor, act: Act, ids: Sequence[int], *, reason: str | None, moment: datetime
) -> list[Changed]:
    """Do the act to the keys that it changes, with an audit entry for each; return these."""
    values = {f"{act.word}_at": moment, f"{act.word}_by": by.label, f"{act.word}_reason": reason}
    statement = update(Key).values(version=Key.version + 1, **values)
    changed: list[Any] = []
    for some in _sliced(sorted(set(ids))):
        rows = statement.where(Key.id.in_(some), act.changes()).returning(Key.id, Key.public_id, Key.name, Key.owner_id)
        changed += session.execute(rows, execution_options={"synchronize_session": False}).all()
    for key in sorted(changed):
        if act is REVOKE:
            journal.note(session, key.public_id)
        trail.record(session, act.event, by, key.public_id, name=key.name, reason=reason)
    return sorted(changed)


def known(session: Session, ids: Sequence[int]) -> list[Changed]:
    """Return of these keys what `change` returns of those that it changes."""
    found: list[Any] = []
    for some in _sliced(ids):
        rows = select(Key.id, Key.public_id, Key.name, Key.owner_id).where(Key.id.in_(some))
        found += session.execute(rows).all()
    return sorted(found)


def by_owner(session: Session, ids: Sequence[int]) -> list[int]:
    """Return the ids of those of these keys that there are, each once, the keys of one owner together."""
    return [key.id for key in sorted(known(session, sorted(set(ids))), key=lambda key: (key.owner_id, key.id))]


def still_of(session: Session, owner_id: int, ids: Sequence[int]) -> list[int]:
    """Return the ids of those of these keys that are that person's, in the same order, and hold them: none is given."""
    theirs: set[int] = set()
    for some in _sliced(sorted(ids)):
        held = select(Key.id).where(Key.id.in_(some), Key.owner_id == owner_id).order_by(Key.id).with_for_update()
        theirs.update(session.scalars(held))
    return [number for number in ids if number in theirs]


def tell_owners(session: Session, by: Actor, act: Act, keys: list[Changed], reason: str | None) -> None:
    """Put up one banner for each owner of these keys but the one who acts."""
    for owner_id, theirs in groupby(sorted(keys, key=lambda key: key.owner_id), key=lambda key: key.owner_id):
        if owner_id != by.person_id:
            how_many, named = _named(list(theirs))
            banners.tell(session, owner_id, f"{how_many}-{act.word}", **named, by=by.label, reason=reason)


def _sliced(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), _IN_A_STATEMENT):
        yield ids[start : start + _IN_A_STATEMENT]


def _named(keys: list[Changed]) -> tuple[str, dict[str, Any]]:
    """Return what a banner says of one key, or of several."""
    if len(keys) == 1:
        return "key", {"public_id": keys[0].public_id, "name": keys[0].name}
    return "keys", {"names": [key.name for key in keys[:_NAMED]], "count": len(keys)}
