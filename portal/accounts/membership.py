"""Who has an account, and the password that opens it."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts import sessions, throttle
from portal.accounts.emails import InvalidEmail, clean_email, fold_email
from portal.accounts.models import Person, SignIn
from portal.accounts.refusals import record_refusal
from portal.accounts.throttle import Throttled
from portal.audit import trail
from portal.audit.events import Actor, Event
from portal.errors import Refused


def create(
    session: Session, by: Actor, email: str, password_hash: bytes | None, *, is_admin: bool = False
) -> Person | Refused:
    """Make an account, or refuse with `email-invalid` or `email-taken`."""
    try:
        email = clean_email(email)
    except InvalidEmail as error:
        return Refused("email-invalid", {"why": str(error)})
    if by_email(session, email) is not None:
        return Refused("email-taken")
    person = Person(
        email=email,
        email_folded=fold_email(email),
        password_hash=password_hash,
        is_admin=is_admin,
        created_at=clock.now(),
    )
    session.add(person)
    session.flush()
    trail.record(session, Event.PERSON_CREATED, by, email, is_admin=is_admin)
    return person


def by_email(session: Session, email: str) -> Person | None:
    """Return the person with that e-mail, in any spelling of it."""
    return session.scalars(select(Person).where(Person.email_folded == fold_email(email))).one_or_none()


def count(session: Session) -> int:
    """Return how many accounts there are."""
    return session.scalar(select(func.count()).select_from(Person)) or 0


def begin_change(session: Session, by: Actor, person: Person) -> list[int] | Throttled:
    """Count a try at the current password of `person`, who is signed in; the door compares it afterwards."""
    tries = throttle.reserve(session, throttle.for_password(person.id))
    if isinstance(tries, Throttled):
        refuse_password(session, by, person, "throttled")
    return tries


def change_password(
    session: Session, by: Actor, person: Person, password_hash: bytes, *, tries: Sequence[int] = ()
) -> None:
    """Give `person` a new password and take back the `tries` at the current one.

    Open sign-ins stay; end them with `keys.sign_outs.end_all`.
    """
    person.password_hash = password_hash
    throttle.give_back(session, tries)
    trail.record(session, Event.PASSWORD_CHANGED, by, person.email)


def finish_change(
    session: Session, by: Actor, sign_in: SignIn, password_hash: bytes, *, compared: bytes | None, tries: Sequence[int]
) -> Refused | None:
    """Change the password of the person of `sign_in`, who gave the current one: `compared` is the hash that it opened.

    Refuse with `overtaken` when the sign-in ended or the password changed since: comparing is slow, and somebody may
    have signed out everywhere meanwhile just to stop this.
    """
    person = sign_in.person
    if not sessions.is_open(sign_in) or person.password_hash != compared:
        refuse_password(session, by, person, "overtaken")
        return Refused("overtaken")
    change_password(session, by, person, password_hash, tries=tries)
    return None


def refuse_password(session: Session, by: Actor, person: Person, reason: str = "wrong-password") -> None:
    """Note that someone signed in as `person` gave a wrong current password, or too many."""
    record_refusal(session, Event.PASSWORD_REFUSED, by, person.email, reason)
