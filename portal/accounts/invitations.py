"""Invitations: a one-time link by which a person sets a password and so gets an account."""

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts import membership
from portal.accounts.emails import InvalidEmail, clean_email, fold_email
from portal.accounts.models import Invitation, Person
from portal.audit import trail
from portal.audit.events import Actor, Event
from portal.errors import Refused

LIFETIME = timedelta(days=7)


def invite(session: Session, by: Actor, email: str, *, is_admin: bool = False) -> str | Refused:
    """Return the token of a new invitation, for the link; refuse with `email-invalid` or `email-taken`.

    Earlier invitations for the same address, in any spelling, stop working.
    """
    try:
        email = clean_email(email)
    except InvalidEmail as error:
        return Refused("email-invalid", {"why": str(error)})
    if membership.by_email(session, email) is not None:
        return Refused("email-taken")
    moment, token = clock.now(), secrets.token_urlsafe(32)
    for earlier in _open_for(session, email):
        earlier.ends_at = moment
    session.add(
        Invitation(token_hash=_hash(token), email=email, is_admin=is_admin, made_at=moment, ends_at=moment + LIFETIME)
    )
    trail.record(session, Event.INVITATION_MADE, by, email, is_admin=is_admin)
    return token


def find(session: Session, token: str) -> Invitation | None:
    """Return the invitation of `token`; None when it is unknown, used or too old."""
    invitation = session.scalars(select(Invitation).where(Invitation.token_hash == _hash(token))).one_or_none()
    if invitation is None or invitation.used_at is not None or invitation.ends_at <= clock.now():
        return None
    return invitation


def accept(session: Session, invitation: Invitation, password_hash: bytes, address: str | None) -> Person | Refused:
    """Use the invitation up and return the new person; refuse with `email-taken`."""
    by = Actor(invitation.email, None, address)
    person = membership.create(session, by, invitation.email, password_hash, is_admin=invitation.is_admin)
    if isinstance(person, Person):
        invitation.used_at = clock.now()
    return person


def _open_for(session: Session, email: str) -> list[Invitation]:
    """Return the open invitations for `email`, in any spelling. Few are open at once, so they are compared here."""
    unused = select(Invitation).where(Invitation.used_at.is_(None), Invitation.ends_at > clock.now())
    return [found for found in session.scalars(unused) if fold_email(found.email) == fold_email(email)]


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
