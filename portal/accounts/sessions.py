"""Sign-ins that are open: one row for each browser, ended by its person, by time, or when the person is disabled."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.models import Person, SignIn
from portal.audit import trail
from portal.audit.events import Actor, Event

LONGEST = timedelta(days=14)
IDLE = timedelta(hours=24)
TOUCH_EVERY = timedelta(minutes=1)
USER_AGENT_LIMIT = 256


@dataclass(frozen=True, slots=True)
class Opened:
    """A sign-in that was just opened. `sid` is the session id, which only the browser keeps."""

    sid: str
    person: Person
    sign_in: SignIn

    def __repr__(self) -> str:
        return f"<Opened {self.person.email}>"


def open_for(session: Session, by: Actor, person: Person, user_agent: str) -> Opened:
    """Open a sign-in for `person` under a new session id."""
    moment, sid = clock.now(), secrets.token_urlsafe(32)
    sign_in = SignIn(
        person=person, sid_hash=_hash(sid), created_at=moment, last_seen_at=moment, ends_at=moment + IDLE,
        address=by.address, user_agent=user_agent[:USER_AGENT_LIMIT],
    )  # fmt: skip
    session.add(sign_in)
    person.last_seen_at = moment
    session.flush()
    trail.record(session, Event.SIGNED_IN, by, person.email)
    return Opened(sid, person, sign_in)


def load(session: Session, sid: str) -> SignIn | None:
    """Return the open sign-in of `sid`; None when it is unknown, ended, idle for too long, or its person disabled."""
    sign_in = session.scalars(select(SignIn).where(SignIn.sid_hash == _hash(sid))).one_or_none()
    return sign_in if sign_in is not None and is_open(sign_in) else None


def is_open(sign_in: SignIn) -> bool:
    """Return whether the sign-in still counts."""
    return sign_in.ended_at is None and clock.now() < sign_in.ends_at and sign_in.person.disabled_at is None


def needs_touch(sign_in: SignIn) -> bool:
    """Return whether `last_seen_at` is old enough to be worth a write."""
    return clock.now() >= sign_in.last_seen_at + TOUCH_EVERY


def touch(session: Session, sign_in: SignIn) -> None:
    """Note that the browser was seen just now: that puts the end off, but never beyond the longest."""
    moment = clock.now()
    ends_at = min(moment + IDLE, longest(sign_in))
    # The person first, as whoever disables them does: on PostgreSQL two that lock rows in turn wait for each other.
    session.execute(update(Person).where(Person.id == sign_in.person_id).values(last_seen_at=moment))
    session.execute(update(SignIn).where(SignIn.id == sign_in.id).values(last_seen_at=moment, ends_at=ends_at))


def longest(sign_in: SignIn) -> datetime:
    """Return when the sign-in ends however often it is used."""
    return sign_in.created_at + LONGEST


def living(session: Session, person: Person) -> list[SignIn]:
    """Return the open sign-ins of `person`, the one seen last first."""
    rows = (
        select(SignIn)
        .where(SignIn.person_id == person.id, SignIn.ended_at.is_(None))
        .order_by(SignIn.last_seen_at.desc())
    )
    return [sign_in for sign_in in session.scalars(rows) if is_open(sign_in)]


def recent(session: Session, person: Person, most: int = 20) -> list[SignIn]:
    """Return the sign-ins of `person` that are kept, also ended ones, those that would last longest first."""
    rows = select(SignIn).where(SignIn.person_id == person.id).order_by(SignIn.ends_at.desc())
    return list(session.scalars(rows.limit(most)))


def owned(session: Session, person: Person, sign_in_id: int) -> SignIn | None:
    """Return the sign-in of `person` with that id, or None: another person's is as unknown as none."""
    return session.scalars(select(SignIn).where(SignIn.id == sign_in_id, SignIn.person_id == person.id)).one_or_none()


def end(session: Session, by: Actor, sign_in: SignIn, what: Event = Event.SESSION_ENDED) -> None:
    """End a sign-in; does nothing when it has ended. Doors call `keys.sign_outs`, which ends its session keys too."""
    if sign_in.ended_at is None:
        sign_in.ended_at = clock.now()
        trail.record(session, what, by, sign_in.person.email, sign_in=sign_in.id)


def _hash(sid: str) -> bytes:
    return hashlib.sha256(sid.encode("utf-8", "surrogatepass")).digest()
