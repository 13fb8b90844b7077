"""Acts on many keys at once: all of them or none, with an audit entry for each key and one banner for each owner.

The rows are written by few statements and not key by key: while this lasts, nobody else can write.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, select, update
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
    """What is done to keys: which of them it changes, what it leaves in the trail, and which banner it puts up."""

    changes: ColumnElement[bool]
    event: Event
    banner: str


REVOKE = Act(Key.revoked_at.is_(None), Event.KEY_REVOKED, "revoked")
PAUSE = Act(Key.revoked_at.is_(None) & Key.paused_at.is_(None), Event.KEY_PAUSED, "paused")


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
        rows = rows.where(act.changes)
    return list(session.scalars(rows.order_by(Key.id).limit(MOST_AT_ONCE + 1)))


def ticked(session: Session, public_ids: Sequence[str], act: Act) -> list[int]:
    """Return the ids of those of these keys that the act would change; what is no public id is passed over."""
    readable = [text for text in public_ids if text.isascii() and text.isprintable()]
    rows = select(Key.id).where(Key.public_id.in_(readable), Key.hidden_at.is_(None), act.changes)
    return list(session.scalars(rows.order_by(Key.id)))


def owners(session: Session, ids: Sequence[int]) -> int:
    """Return how many people own these keys."""
    found: set[int] = set()
    for some in _sliced(ids):
        found.update(session.scalars(select(Key.owner_id).where(Key.id.in_(some))))
    return len(found)


def revoke(session: Session, by: Actor, ids: Sequence[int], reason: str | None = None) -> int:
    """Stop the keys for good; return how many were stopped. Those that were revoked before stay as they were."""
    values = {"revoked_at": clock.now(), "revoked_by": by.label, "revoked_reason": reason}
    stopped = _change(session, ids, REVOKE, values)
    for key in stopped:
        journal.note(session, key.public_id)
    return _told(session, by, stopped, REVOKE, reason)


def pause(session: Session, by: Actor, ids: Sequence[int], reason: str | None = None) -> int:
    """Refuse the keys until they are resumed; return how many were paused. Others stay as they were."""
    values = {"paused_at": clock.now(), "paused_by": by.label, "paused_reason": reason}
    return _told(session, by, _change(session, ids, PAUSE, values), PAUSE, reason)


def _change(session: Session, ids: Sequence[int], act: Act, values: dict[str, Any]) -> list[Row[Any]]:
    """Write `values` into those keys that the act changes; return id, public id, name and owner of each."""
    changed: list[Any] = []
    statement = update(Key).values(version=Key.version + 1, **values)
    for some in _sliced(sorted(set(ids))):
        rows = statement.where(Key.id.in_(some), act.changes).returning(Key.id, Key.public_id, Key.name, Key.owner_id)
        changed += session.execute(rows, execution_options={"synchronize_session": False}).all()
    return sorted(changed)


def _sliced(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), _IN_A_STATEMENT):
        yield ids[start : start + _IN_A_STATEMENT]


def _told(session: Session, by: Actor, keys: list[Row[Any]], act: Act, reason: str | None) -> int:
    """Leave an entry for each key, and tell each owner but the one who acts."""
    for key in keys:
        trail.record(session, act.event, by, key.public_id, name=key.name, reason=reason)
    for owner_id, theirs in groupby(sorted(keys, key=lambda key: key.owner_id), key=lambda key: key.owner_id):
        if owner_id != by.person_id:
            how_many, named = _named(list(theirs))
            banners.tell(session, owner_id, f"{how_many}-{act.banner}", **named, by=by.label, reason=reason)
    return len(keys)


def _named(keys: list[Row[Any]]) -> tuple[str, dict[str, Any]]:
    """Return what a banner says of one key, or of several."""
    if len(keys) == 1:
        return "key", {"public_id": keys[0].public_id, "name": keys[0].name}
    return "keys", {"names": [key.name for key in keys[:_NAMED]], "count": len(keys)}
