"""Deleting an account: its keys stop, all that says who it was goes, and its e-mail is free again.

Of the person and of each key a bare row stays, its number: audit trail and access records name rows by number, and
SQLite gives the highest one out again. So nobody ever inherits the history of another.
"""

from sqlalchemy import delete as remove
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.emails import fold_email
from portal.accounts.models import DELETED, Banner, Invitation, Person, SignIn
from portal.accounts.standing import is_last_admin
from portal.audit import trail
from portal.audit.events import Actor, Event
from portal.errors import Refused
from portal.keys import lifecycle
from portal.keys.models import Key, KeyLastUsed, KeyRule, KeySecret, Quota, SecretLastUsed, SecretLeak
from portal.keys.names import fold_name

NAMELESS = "deleted"
WHY = "The account was deleted."


def delete_account(session: Session, by: Actor, person: Person) -> Refused | None:
    """Revoke every key of `person` and delete the account; refuses with last-admin.

    The audit trail keeps the e-mail and the names of the keys, the access records the addresses until they are old.
    """
    theirs = select(Key.id).where(Key.owner_id == person.id)
    # Keys first and people after them, each by number, as whoever hands keys over does: no two wait for each other.
    session.execute(theirs.order_by(Key.id).with_for_update())
    if is_last_admin(session, person):
        return Refused("last-admin")
    session.refresh(person, with_for_update=True)  # no key is made meanwhile: making one waits for the same row
    for key in session.scalars(select(Key).where(Key.owner_id == person.id).order_by(Key.id)).all():
        lifecycle.stop(session, by, key, WHY)
        _blank_key(key)
    for rows in (KeyRule, KeyLastUsed, SecretLastUsed, SecretLeak, Quota, KeySecret):
        session.execute(remove(rows).where(rows.key_id.in_(theirs)))
    session.flush()
    trail.record(session, Event.PERSON_DELETED, by, person.email)
    session.execute(remove(SignIn).where(SignIn.person_id == person.id))
    session.execute(remove(Banner).where(Banner.person_id == person.id))
    invitations = session.scalars(select(Invitation)).all()
    mine = [invitation.id for invitation in invitations if fold_email(invitation.email) == person.email_folded]
    session.execute(remove(Invitation).where(Invitation.id.in_(mine)))
    _blank(person)
    session.flush()
    return None


def _blank_key(key: Key) -> None:
    key.name, key.name_folded, key.policy = NAMELESS, fold_name(NAMELESS), "{}"
    key.sign_in_id, key.form_id, key.revoked_reason = None, None, WHY
    key.revoked_by = None
    key.hidden_at, key.version = key.hidden_at or clock.now(), key.version + 1


def _blank(person: Person) -> None:
    """Leave the number. The name in the e-mail's place is no address, so that nobody can sign up or in with it."""
    person.email = person.email_folded = f"{DELETED}{person.id}"
    person.password_hash, person.is_admin, person.disabled_at = None, False, clock.now()
    person.last_seen_at = None
