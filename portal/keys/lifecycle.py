"""The life of a key: issue, rename, pause, resume, revoke."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts import banners
from portal.accounts.models import Person
from portal.audit import trail
from portal.audit.events import Actor, Event
from portal.errors import Refused
from portal.keys import journal
from portal.keys.models import Key, KeySecret
from portal.keys.names import InvalidName, clean_name, fold_name
from portal.keys.peppers import Peppers
from portal.keys.token import Token, mint


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
    session: Session, by: Actor, owner: Person, name: str, *,
    expires_at: datetime | None, prefix: str, peppers: Peppers, form_id: str | None = None, kind: str = "standard",
) -> Issued | AlreadyIssued | Refused:  # fmt: skip
    """Make a key of `owner` and its token.

    `form_id` names the rendered form that asks for it: a form makes one key, however often it is sent.
    Refuses with name-empty, name-too-long, name-unprintable, name-secret, name-taken (detail: `key`), or form-taken
    when someone else sent the form.
    """
    earlier = session.scalars(select(Key).where(Key.form_id == form_id)).one_or_none() if form_id else None
    if earlier is not None:
        return AlreadyIssued(earlier) if earlier.owner_id == owner.id else Refused("form-taken")
    name_or_refusal = _free_name(session, owner.id, name)
    if isinstance(name_or_refusal, Refused):
        return name_or_refusal
    token, moment = mint(prefix, kind), clock.now()
    key = Key(
        public_id=token.public_id, owner=owner, name=name_or_refusal, name_folded=fold_name(name_or_refusal), kind=kind,
        created_at=moment, expires_at=expires_at, form_id=form_id,
    )  # fmt: skip
    session.add(key)
    session.flush()
    number, digest = peppers.digests(str(token))[0]
    session.add(KeySecret(digest=digest, key_id=key.id, pepper=number, made_at=moment))
    body = {"name": key.name, "owner": owner.email, "expires": expires_at.isoformat() if expires_at else None}
    trail.record(session, Event.KEY_ISSUED, by, key.public_id, **body)
    return Issued(key, token)


def rename(session: Session, by: Actor, key: Key, name: str, *, version: int | None = None) -> Refused | None:
    """Give `key` another name; the token and everything else stay.

    Refuses as `issue` does, with `revoked`, and with `changed` when `version` is not the one that the form showed.
    """
    if key.revoked_at is not None:
        return Refused("revoked")
    if version is not None and version != key.version:
        return Refused("changed")
    new_name = _free_name(session, key.owner_id, name, but=key)
    if isinstance(new_name, Refused):
        return new_name
    if new_name != key.name:
        trail.record(session, Event.KEY_RENAMED, by, key.public_id, before=key.name, after=new_name)
        key.name, key.name_folded, key.version = new_name, fold_name(new_name), key.version + 1
    return None


def pause(session: Session, by: Actor, key: Key) -> Refused | None:
    """Refuse every request with `key` until it is resumed. Pausing a paused key changes nothing; refuses `revoked`."""
    if key.revoked_at is not None:
        return Refused("revoked")
    if key.paused_at is None:
        key.paused_at, key.version = clock.now(), key.version + 1
        trail.record(session, Event.KEY_PAUSED, by, key.public_id, name=key.name)
    return None


def resume(session: Session, by: Actor, key: Key) -> Refused | None:
    """Let `key` work again as before. Resuming a key that is not paused changes nothing; refuses `revoked`."""
    if key.revoked_at is not None:
        return Refused("revoked")
    if key.paused_at is not None:
        key.paused_at, key.version = None, key.version + 1
        trail.record(session, Event.KEY_RESUMED, by, key.public_id, name=key.name)
    return None


def revoke(session: Session, by: Actor, key: Key, reason: str | None = None) -> bool:
    """Stop `key` for good; its next use is refused. Return False when it was revoked before, which stays as it was."""
    if key.revoked_at is not None:
        return False
    key.revoked_at, key.revoked_by, key.revoked_reason = clock.now(), by.label, reason
    key.version += 1
    journal.note(session, key.public_id)
    trail.record(session, Event.KEY_REVOKED, by, key.public_id, name=key.name, reason=reason)
    if by.person_id != key.owner_id:
        told = {"public_id": key.public_id, "name": key.name, "by": by.label, "reason": reason}
        banners.tell(session, key.owner_id, "key-revoked", **told)
    return True


def note_download(session: Session, by: Actor, key: Key, file_name: str) -> None:
    """Record that the owner downloaded a config file with the token of `key` in it."""
    trail.record(session, Event.KEY_DOWNLOADED, by, key.public_id, file=file_name)


def _free_name(session: Session, owner_id: int, text: str, but: Key | None = None) -> str | Refused:
    """Return the cleaned name, or why it cannot be had: it is unique among the owner's living keys."""
    try:
        name = clean_name(text)
    except InvalidName as error:
        return Refused(f"name-{error.reason}")
    # Two writers at once: SQLite has one writer; elsewhere the owner's row is what they queue for.
    session.execute(select(Person.id).where(Person.id == owner_id).with_for_update())
    living = select(Key).where(
        Key.owner_id == owner_id, Key.name_folded == fold_name(name), Key.revoked_at.is_(None),
        or_(Key.expires_at.is_(None), Key.expires_at > clock.now()),
    )  # fmt: skip
    holder: Any = session.scalars(living.where(Key.id != but.id) if but else living).first()
    return Refused("name-taken", {"key": holder}) if holder is not None else name
