"""Invitations: a one-time link by which a person sets a password and so gets an account, or into the one they have.

Someone with an account but no password yet was added by an admin, who could give them keys before they came.
"""

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts import membership, standing
from portal.accounts.emails import InvalidEmail, clean_email, fold_email
from portal.accounts.models import Invitation, Person
from portal.audit import trail
from portal.audit.events import PORTAL, Actor, Event
from portal.errors import Refused

LIFETIME = timedelta(days=7)


def invite(session: Session, by: Actor, email: str, *, is_admin: bool = False) -> str | Refused:
    """Return the token of a new invitation, for the link.

    Refuses with email-invalid, with email-taken when someone with a password has the address, and with person-disabled.
    Earlier invitations for the same address, in any spelling, stop working.
    """
    try:
        email = clean_email(email)
    except InvalidEmail as error:
        return Refused("email-invalid", {"why": str(error)})
    refusal = why_useless(membership.by_email(session, email))
    if refusal is not None:
        return refusal
    moment, token = clock.now(), secrets.token_urlsafe(32)
    for earlier in _open_for(session, email):
        earlier.ends_at = moment
    session.add(
        Invitation(
            token_hash=_hash(token), email=email, is_admin=is_admin, made_by=by.person_id,
            made_at=moment, ends_at=moment + LIFETIME,
        )
    )  # fmt: skip
    trail.record(session, Event.INVITATION_MADE, by, email, is_admin=is_admin)
    return token


def add(session: Session, by: Actor, email: str, *, is_admin: bool = False) -> str | Refused:
    """Make an account without a password, and return the token of the invitation on which its person sets one.

    Refuses as `membership.create` does.
    """
    person = membership.create(session, by, email, None, is_admin=is_admin)
    return person if isinstance(person, Refused) else invite(session, by, person.email, is_admin=is_admin)


def find(session: Session, token: str) -> Invitation | None:
    """Return the invitation of `token`; None when it is unknown, used or too old."""
    invitation = session.scalars(select(Invitation).where(Invitation.token_hash == _hash(token))).one_or_none()
    if invitation is None or invitation.used_at is not None or invitation.ends_at <= clock.now():
        return None
    return invitation


def accept(session: Session, invitation: Invitation, password_hash: bytes, address: str | None) -> Person | Refused:
    """Use the invitation up and return the person, new or with the account that waited for a password.

    Nobody comes as an admin whom someone invited or added that is no enabled admin any more: they come as anybody else.
    Refuses with email-taken or person-disabled.
    """
    person = membership.by_email(session, invitation.email)
    refusal = why_useless(person)
    if refusal is not None:
        return refusal
    by = Actor(invitation.email, None if person is None else person.id, address)
    is_vouched_for = _is_vouched_for(session, invitation)
    if person is None:
        is_admin = invitation.is_admin and is_vouched_for
        made = membership.create(session, by, invitation.email, password_hash, is_admin=is_admin)
        if isinstance(made, Refused):
            return made
        person = made
    else:
        if not is_vouched_for:
            standing.unmake_admin(session, PORTAL, person)  # never the last: without a password they were none
        membership.change_password(session, by, person, password_hash)
    invitation.used_at = clock.now()
    return person


def why_useless(person: Person | None) -> Refused | None:
    """Say why an invitation is of no use to whoever has its address: they have a password, or are disabled."""
    if person is None:
        return None
    if person.password_hash is not None:
        return Refused("email-taken")
    return Refused("person-disabled") if person.disabled_at is not None else None


def open_ones(session: Session, before: int | None = None, most: int = 20) -> list[Invitation]:
    """Return up to `most` invitations that can be accepted, newest first, after the one with the id `before`."""
    unused = select(Invitation).where(Invitation.used_at.is_(None), Invitation.ends_at > clock.now())
    edge = None if before is None else session.get(Invitation, before)
    if edge is not None:
        types: list[Any] = [Invitation.ends_at.type, Invitation.id.type]
        unused = unused.where(tuple_(Invitation.ends_at, Invitation.id) < tuple_(edge.ends_at, edge.id, types=types))
    return list(session.scalars(unused.order_by(Invitation.ends_at.desc(), Invitation.id.desc()).limit(most)))


def withdraw(session: Session, by: Actor, invitation_id: int) -> Invitation | None:
    """Let an invitation open nothing any more and return it; None when there is no open one of that id."""
    invitation = session.get(Invitation, invitation_id, with_for_update=True)
    if invitation is None or invitation.used_at is not None or invitation.ends_at <= clock.now():
        return None
    invitation.ends_at = clock.now()
    trail.record(session, Event.INVITATION_WITHDRAWN, by, invitation.email)
    return invitation


def _open_for(session: Session, email: str) -> list[Invitation]:
    """Return the open invitations for `email`, in any spelling. Few are open at once, so they are compared here."""
    unused = select(Invitation).where(Invitation.used_at.is_(None), Invitation.ends_at > clock.now())
    return [found for found in session.scalars(unused) if fold_email(found.email) == fold_email(email)]


def _is_vouched_for(session: Session, invitation: Invitation) -> bool:
    """Return whether whoever made the invitation may still make admins; the shell always may."""
    if invitation.made_by is None:
        return True
    maker = session.get(Person, invitation.made_by, populate_existing=True)
    return maker is not None and maker.is_admin and maker.disabled_at is None


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
