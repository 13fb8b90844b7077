"""Making a key, and its token."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.models import Person
from portal.audit import trail
from portal.audit.events import Actor, Event
from portal.errors import Refused
from portal.keys import rules
from portal.keys.free_name import free_name
from portal.keys.models import Key, KeySecret
from portal.keys.names import fold_name
from portal.keys.peppers import Peppers
from portal.keys.token import Token, mint
from portal.policy.policy import Policy
from portal.site.settings import SiteSettings


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a new key shall be: its name, what it may do, and from when to when. Without an end it lives for ever."""

    name: str
    policy: Policy
    expires_at: datetime | None
    not_before: datetime | None = None
    kind: str = "standard"
    sign_in_id: int | None = None
    form_id: str | None = None


@dataclass(frozen=True, slots=True)
class Issued:
    """A key that was just made, with its token: the only time that the token exists outside its holder's hands."""

    key: Key
    token: Token


@dataclass(frozen=True, slots=True)
class AlreadyIssued:
    """The form was sent before and made this key; its token went out in the first answer and is not kept."""

    key: Key


def issue(
    session: Session, by: Actor, owner: Person, wanted: Wanted, *, prefix: str, peppers: Peppers, site: SiteSettings
) -> Issued | AlreadyIssued | Refused:
    """Make a key of `owner` and its token.

    `wanted.form_id` names the rendered form that asks for it: a form makes one key, however often it is sent.
    Refuses with form-taken when someone else sent the form, with new-keys-off where the site lets nobody make one, as
    `free_name` does, and as `rules.beyond_ceiling` does.
    """
    earlier = _earlier(session, wanted.form_id)
    if earlier is not None:
        return AlreadyIssued(earlier) if earlier.owner_id == owner.id else Refused("form-taken")
    if not site.new_keys:
        return Refused("new-keys-off")
    name, moment = free_name(session, owner.id, wanted.name, site), clock.now()
    if isinstance(name, Refused):
        return name
    beyond = rules.beyond_ceiling(wanted.policy, moment, wanted.not_before, wanted.expires_at, site)
    if beyond is not None:
        return beyond
    token = mint(prefix, wanted.kind)
    key = Key(
        public_id=token.public_id, owner=owner, name=name, name_folded=fold_name(name), kind=wanted.kind,
        created_at=moment, not_before=wanted.not_before, expires_at=wanted.expires_at,
        policy=wanted.policy.to_text(), sign_in_id=wanted.sign_in_id, form_id=wanted.form_id,
    )  # fmt: skip
    session.add(key)
    session.flush()
    rules.index(session, key)
    add_secret(session, key, token, peppers, moment)
    ends = wanted.expires_at.isoformat() if wanted.expires_at else None
    body = {"name": key.name, "owner": owner.email, "kind": key.kind, "expires": ends, "rules": wanted.policy.plain()}
    trail.record(session, Event.KEY_ISSUED, by, key.public_id, **body)
    return Issued(key, token)


def add_secret(
    session: Session, key: Key, token: Token, peppers: Peppers, moment: datetime, *, form_id: str | None = None
) -> None:
    """Let `token` open `key` from `moment` on; `form_id` names the form that asked for it, when that made no key."""
    number, digest = peppers.digests(str(token))[0]
    key.secret_made_at = moment
    session.add(KeySecret(digest=digest, key_id=key.id, pepper=number, made_at=moment, form_id=form_id))
    session.flush()


def _earlier(session: Session, form_id: str | None) -> Key | None:
    return session.scalars(select(Key).where(Key.form_id == form_id)).one_or_none() if form_id else None
