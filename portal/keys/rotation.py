"""Giving a key a new secret while the old one works on for a while, and which of the two is in use.

At most two secrets of a key work at a time. Rotating during an overlap therefore ends one of them, and it is the one
that nothing is known to use: a new secret that was not used yet was lost on its way, and goes; once it was used, it is
the old one that goes. So a rotation with an overlap never locks out the program that works.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from portal import clock
from portal.audit import trail
from portal.audit.events import Actor, Event
from portal.errors import Refused
from portal.keys import finder, rules
from portal.keys.issuing import add_secret
from portal.keys.models import Key, KeySecret, SecretLastUsed
from portal.keys.peppers import Peppers
from portal.keys.token import Token, mint_for
from portal.policy.policy import Policy
from portal.site.settings import SiteSettings


@dataclass(frozen=True, slots=True)
class Rotated:
    """A key that has a new token, and when its old one stops: at once where `overlap_ends` is None."""

    key: Key
    token: Token
    overlap_ends: datetime | None


@dataclass(frozen=True, slots=True)
class AlreadyRotated:
    """The form was sent before and rotated the key at `at`; the token went out in the first answer and is not kept."""

    key: Key
    at: datetime


@dataclass(frozen=True, slots=True)
class InUse:
    """One of the two secrets of an overlap, and what is known of its use."""

    secret: KeySecret
    used: SecretLastUsed | None

    @property
    def calls(self) -> int:
        """How often it was let in since the rotation."""
        return self.used.calls if self.used is not None else 0


@dataclass(frozen=True, slots=True)
class Overlap:
    """The time in which two secrets of a key work, with the end of the old one."""

    old: InUse
    new: InUse
    ends_at: datetime

    @property
    def spare(self) -> InUse:
        """The secret that ends at once if the key is rotated now: nothing is known to use it, or it is the old one."""
        return self.old if self.new.calls else self.new


def rotate(
    session: Session, by: Actor, key: Key, overlap_ends: datetime | None, *, peppers: Peppers, site: SiteSettings,
    version: int | None = None, form_id: str | None = None,
) -> Rotated | AlreadyRotated | Refused:  # fmt: skip
    """Give `key` a new secret; the old one works until `overlap_ends`, or stops now, and never outlives the key.

    `form_id` names the rendered form that asks for it: a form rotates once, however often it is sent. Refuses with
    revoked, session-key, no-secret, expired (renew it as a new key), overlap-past, or changed when `version` is not
    the one that the form showed.
    """
    finder.lock(session, key)
    earlier = made_by(session, form_id)
    if earlier is not None:
        return AlreadyRotated(key, earlier.made_at) if earlier.key_id == key.id else Refused("form-taken")
    moment = clock.now()
    refusal = _refusal(key, moment, overlap_ends, version, site)
    if refusal is not None:
        return refusal
    ends_at = None if overlap_ends is None else min(overlap_ends, latest_overlap(key, moment, site))
    _bring_under_ceiling(session, key, site)
    _end_secrets(session, key, moment, ends_at)
    token = mint_for(key.public_id)
    add_secret(session, key, token, peppers, moment, form_id=form_id)
    key.version += 1
    told = ends_at and ends_at.isoformat(timespec="seconds")
    trail.record(session, Event.KEY_ROTATED, by, key.public_id, name=key.name, overlap_ends=told)
    return Rotated(key, token, ends_at)


def end_overlap(session: Session, by: Actor, key: Key) -> bool:
    """Stop the old secret now; return False when there is none that works."""
    finder.lock(session, key)
    moment = clock.now()
    old = session.scalars(_ending(key, moment)).all()
    for secret in old:
        secret.ends_at = moment
    if old:
        key.version += 1
        trail.record(session, Event.KEY_OVERLAP_ENDED, by, key.public_id, name=key.name)
    return bool(old)


def overlap(session: Session, key: Key) -> Overlap | None:
    """Return the overlap that `key` is in, if it is in one."""
    old = session.scalars(_ending(key, clock.now())).first()
    new = session.scalars(_open(key)).first()
    if old is None or new is None or old.ends_at is None or key.revoked_at is not None:
        return None
    used = select(SecretLastUsed).where(SecretLastUsed.key_id == key.id).execution_options(populate_existing=True)
    uses = {use.digest: use for use in session.scalars(used)}
    return Overlap(InUse(old, uses.get(old.digest)), InUse(new, uses.get(new.digest)), old.ends_at)


def latest_overlap(key: Key, moment: datetime, site: SiteSettings) -> datetime:
    """Return the last moment to which an old secret of `key` may work: the key's own end, or the site's ceiling."""
    return site.ends(key.created_at, key.expires_at) or site.longest(moment)


def made_by(session: Session, form_id: str | None) -> KeySecret | None:
    """Return the secret that this form has made already."""
    return session.scalars(select(KeySecret).where(KeySecret.form_id == form_id)).one_or_none() if form_id else None


def _refusal(
    key: Key, moment: datetime, overlap_ends: datetime | None, version: int | None, site: SiteSettings
) -> Refused | None:
    ends = site.ends(key.created_at, key.expires_at)
    if key.revoked_at is not None:
        return Refused("revoked")
    if key.kind == "session":
        return Refused("session-key")
    if key.secret_made_at is None:
        return Refused("no-secret")
    if ends is not None and ends <= moment:
        return Refused("expired")
    if overlap_ends is not None and overlap_ends <= moment:
        return Refused("overlap-past")
    return Refused("changed") if version is not None and version != key.version else None


def _bring_under_ceiling(session: Session, key: Key, site: SiteSettings) -> None:
    """Write down what the ceiling has made of the key since; a rotation must stay possible, so it is not refused."""
    key.expires_at = site.ends(key.created_at, key.expires_at)
    policy = rules.under_ceiling(Policy.from_text(key.policy), site).to_text()
    if policy != key.policy:
        key.policy = policy
        rules.index(session, key)


def _end_secrets(session: Session, key: Key, moment: datetime, ends_at: datetime | None) -> None:
    """Let one secret work on until `ends_at`, and end every other one now."""
    both = overlap(session, key)
    present = session.scalars(_open(key)).one()
    spared = both.old.secret if both is not None and both.spare is both.new else present
    for secret in {present, *session.scalars(_ending(key, moment))}:
        secret.ends_at = moment if secret is not spared or ends_at is None else ends_at
    if clock.to_milliseconds(present.made_at) == clock.to_milliseconds(key.created_at):
        _count_from_now_on(session, key, present)
    session.flush()


def _count_from_now_on(session: Session, key: Key, secret: KeySecret) -> None:
    """Begin to count the first secret's calls, with the key's last use: until now the two were one."""
    if key.last_used is not None and session.get(SecretLastUsed, secret.digest) is None:
        at, address = key.last_used.at, key.last_used.address
        session.add(SecretLastUsed(digest=secret.digest, key_id=key.id, at=at, address=address, calls=0))


def _open(key: Key) -> Select[KeySecret]:
    return select(KeySecret).where(KeySecret.key_id == key.id, KeySecret.ends_at.is_(None))


def _ending(key: Key, moment: datetime) -> Select[KeySecret]:
    return select(KeySecret).where(KeySecret.key_id == key.id, KeySecret.ends_at > moment)
