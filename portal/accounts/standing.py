"""Whether an account may be used, and who is left to administer the portal."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.models import Person
from portal.audit import trail
from portal.audit.events import Actor, Event
from portal.errors import Refused


def disable(session: Session, by: Actor, person: Person) -> Refused | None:
    """Refuse `person` and all keys of theirs until they are enabled again; refuses with last-admin.

    Disabling a disabled account changes nothing. Doors call `keys.sign_outs`, which ends sign-ins too.
    """
    if is_last_admin(session, person):
        return Refused("last-admin")
    if person.disabled_at is None:
        person.disabled_at = clock.now()
        trail.record(session, Event.PERSON_DISABLED, by, person.email)
    return None


def enable(session: Session, by: Actor, person: Person) -> None:
    """Let `person` sign in again and their keys work as before; does nothing for an account that is not disabled."""
    if person.disabled_at is not None:
        person.disabled_at = None
        trail.record(session, Event.PERSON_ENABLED, by, person.email)


def make_admin(session: Session, by: Actor, person: Person) -> None:
    """Let `person` administer the portal; does nothing for an admin."""
    session.refresh(person, with_for_update=True)
    if not person.is_admin:
        person.is_admin = True
        trail.record(session, Event.ADMIN_MADE, by, person.email)


def unmake_admin(session: Session, by: Actor, person: Person) -> Refused | None:
    """Let `person` administer the portal no more; refuses with last-admin. Does nothing for someone who is no admin."""
    if is_last_admin(session, person):
        return Refused("last-admin")
    session.refresh(person)  # somebody may have been faster, while this waited for the admins' rows
    if person.is_admin:
        person.is_admin = False
        trail.record(session, Event.ADMIN_UNMADE, by, person.email)
    return None


def is_last_admin(session: Session, person: Person) -> bool:
    """Return whether nobody could administer the portal without `person`; who has no password cannot sign in to it."""
    if not person.is_admin or person.disabled_at is not None:
        return False
    # Two at once: SQLite has one writer; elsewhere the admins' rows are what they queue for.
    able = Person.is_admin.is_(True), Person.disabled_at.is_(None), Person.password_hash.is_not(None)
    admins = select(Person.id).where(*able).order_by(Person.id)
    return session.scalars(admins.with_for_update()).all() == [person.id]
