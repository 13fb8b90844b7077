"""Handing keys over to a colleague: the owner changes; secret, rules, dates and public id stay.

So programs that use such a key work on, under the colleague's name. Whoever knew the secret still does: the colleague
is told to rotate it. The key of somebody whose account is disabled was let in no more, so it is paused as it is handed
over: whoever knew its secret is let in only when the colleague says so.

Four kinds of key stay where they are: a session key lives by its owner's sign-in, the key of a connected app is
replaced by that app, a management key has power over whatever else its owner has, and a key that is over or has no
secret is of no use to anybody. At most 1,000 go at once, as nobody else can write meanwhile.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts import banners, membership
from portal.accounts.models import Person
from portal.audit import trail
from portal.audit.events import Actor, Event
from portal.errors import Refused
from portal.keys.default_key import DEFAULT_NAME
from portal.keys.lifetime import lasts_beyond
from portal.keys.models import Key
from portal.keys.names import fold_name
from portal.keys.numbered import names_after
from portal.site.settings import SiteSettings

MOST_AT_ONCE = 1_000
WHY_PAUSED = "Its earlier owner was disabled when it was handed over."
_NAMED = 5  # how many keys a banner names
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Left:
    """A key that was not handed over, and the slug that says why."""

    key: Key
    reason: str


@dataclass(frozen=True, slots=True)
class HandedOver:
    """The keys that are now `to`'s, and those that stay with who had them.

    `paused` are those of `keys` that were paused by this. `waiting` could go, but were too many for once.
    """

    to: Person
    keys: list[Key] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    waiting: list[Key] = field(default_factory=list)
    paused: list[Key] = field(default_factory=list)


def hand_over(
    session: Session, by: Actor, keys: Sequence[Key], email: str, *, of_apps: Collection[int], site: SiteSettings
) -> HandedOver | Refused:
    """Make whoever has the e-mail the owner of `keys`; `of_apps` are the ids of those that a connected app got.

    What cannot be handed over is left; where that is all, nothing happens and the first reason is the refusal:
    session-key, app-key, management-key, no-secret, revoked, expired. Refuses with person-unknown, person-disabled,
    or same-owner, whatever else there is. Where the new owner has a living key of a name, a number is added.
    """
    _lock(session, keys)
    to = membership.by_email(session, email)
    if to is None:
        return Refused("person-unknown")
    session.refresh(to, with_for_update=True)  # nobody disables or deletes them, and no key of theirs takes a name
    if to.disabled_at is not None:
        return Refused("person-disabled")
    if any(key.owner_id == to.id for key in keys):
        return Refused("same-owner")
    moment = clock.now()
    left = [Left(key, why) for key in keys if (why := why_left(key, moment, of_apps=of_apps, site=site)) is not None]
    staying = {one.key.id for one in left}
    able = [key for key in keys if key.id not in staying]
    given = able[:MOST_AT_ONCE]
    if left and not given:
        return Refused(left[0].reason)
    paused = _give(session, by, given, to, site)
    return HandedOver(to, given, left, able[MOST_AT_ONCE:], paused)


def why_left(key: Key, moment: datetime, *, of_apps: Collection[int], site: SiteSettings) -> str | None:
    """Return the slug that says why `key` cannot be handed over; None when it can."""
    if key.revoked_at is not None:
        return "revoked"
    if key.kind == "session":
        return "session-key"
    if key.id in of_apps:
        return "app-key"
    if key.kind == "management":
        return "management-key"
    if key.secret_made_at is None:
        return "no-secret"
    ends = site.ends(key.created_at, key.expires_at)
    return "expired" if ends is not None and ends <= moment else None


def _lock(session: Session, keys: Sequence[Key]) -> None:
    """Hold all keys, in one order, and read them anew: of two at once, the second sees what the first did."""
    session.flush()
    ids = sorted(key.id for key in keys)
    for some in (ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE)):
        held = select(Key).where(Key.id.in_(some)).order_by(Key.id).with_for_update(of=Key)
        session.scalars(held.execution_options(populate_existing=True)).all()


def _give(session: Session, by: Actor, keys: Sequence[Key], to: Person, site: SiteSettings) -> list[Key]:
    """Do it, tell both people, and return the keys that were paused."""
    earlier = _owners(session, keys)
    taken = set(session.scalars(_living_names(to, site)))
    told: dict[int, list[Key]] = defaultdict(list)
    paused = []
    for key in keys:
        owner, name = earlier[key.owner_id], _free_name(key.name, taken)
        before = {"owner": owner.email, "name": key.name}
        after = {"owner": to.email, "name": name}
        more = {}
        if owner.disabled_at is not None and key.paused_at is None:
            key.paused_at, key.paused_by, key.paused_reason = clock.now(), by.label, WHY_PAUSED
            paused.append(key)
            more["paused"] = True
        trail.record(session, Event.KEY_HANDED_OVER, by, key.public_id, name=name, before=before, after=after, **more)
        told[owner.id].append(key)
        key.name, key.name_folded, key.owner_id, key.version = name, fold_name(name), to.id, key.version + 1
    session.flush()
    for owner_id, theirs in told.items():
        banners.tell(session, owner_id, "keys-handed-over", by=by.label, to=to.email, **_in_short(theirs))
        if by.person_id != to.id:
            giver = earlier[owner_id]
            kind = "keys-received" if giver.disabled_at is None else "keys-received-paused"
            banners.tell(session, to.id, kind, by=by.label, earlier=giver.email, **_in_short(theirs))
    return paused


def _owners(session: Session, keys: Iterable[Key]) -> dict[int, Person]:
    ids = {key.owner_id for key in keys}
    rows = select(Person).where(Person.id.in_(ids)).execution_options(populate_existing=True)
    return {person.id: person for person in session.scalars(rows)}


def _living_names(to: Person, site: SiteSettings) -> Select[str]:
    lives = or_(Key.secret_made_at.is_(None), lasts_beyond(clock.now(), site))
    return select(Key.name_folded).where(Key.owner_id == to.id, Key.revoked_at.is_(None), lives)


def _free_name(name: str, taken: set[str]) -> str:
    """Take the first of "name", "name (2)", … that is free; a default-key is one person's, so it gets a number."""
    names = names_after(name)
    if fold_name(name) == fold_name(DEFAULT_NAME):
        next(names)
    free = next(other for other in names if fold_name(other) not in taken)
    taken.add(fold_name(free))
    return free


def _in_short(keys: Sequence[Key]) -> dict[str, Any]:
    return {"count": len(keys), "names": [key.name for key in keys[:_NAMED]]}
