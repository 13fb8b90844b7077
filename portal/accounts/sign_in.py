"""Signing in with a password, in two transactions with the slow hash between them.

`begin` counts the try and finds the hash; the door compares outside any transaction; `finish` opens the sign-in or
records the refusal. Unknown, disabled and passwordless accounts take the same path and the same time.
"""

import secrets
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts import throttle
from portal.accounts.emails import fold_email
from portal.accounts.models import Person
from portal.accounts.refusals import record_refusal
from portal.accounts.sessions import Opened, open_for
from portal.accounts.throttle import Throttled
from portal.audit.events import Actor, Event
from portal.errors import Refused

ACCOUNT_LIMIT = 254
NO_ACCOUNT = "no such account"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A try that was counted and may now be compared with `password_hash`."""

    address: str | None
    person_id: int | None
    password_hash: bytes | None
    tries: list[int]

    def __repr__(self) -> str:
        return f"<Attempt at the account of person {self.person_id}>"


def begin(session: Session, email: str, address: str | None, browser: str | None = None) -> Attempt | Throttled:
    """Count a try at the account of `email`, any string.

    `browser` is the name of a browser in which this very account signed in before, as `browser_name` made it.
    """
    account = fold_email(email)[:ACCOUNT_LIMIT]
    person = session.scalars(select(Person).where(Person.email_folded == account)).one_or_none()
    known = browser if person is not None and browser is not None and browser.startswith(f"{person.id}.") else None
    tries = throttle.reserve(session, throttle.for_sign_in(account, address, known))
    if isinstance(tries, Throttled):
        _record_refusal(session, person, address, "throttled")
        return tries
    if person is None:
        return Attempt(address, None, None, tries)
    return Attempt(address, person.id, person.password_hash, tries)


def finish(session: Session, attempt: Attempt, *, matched: bool, user_agent: str) -> Opened | Refused:
    """Open the sign-in when the password matched; refuse it, with the same words for every cause, when not."""
    person = session.get(Person, attempt.person_id) if attempt.person_id is not None else None
    unchanged = person is not None and person.password_hash == attempt.password_hash and person.disabled_at is None
    if person is None or not matched or not unchanged:
        _record_refusal(session, person, attempt.address, "wrong-credentials")
        return Refused("wrong-credentials")
    throttle.give_back(session, attempt.tries)
    return open_for(session, Actor(person.email, person.id, attempt.address), person, user_agent)


def withdraw(session: Session, attempt: Attempt) -> None:
    """Take back a try whose password was never compared: it is no failure of the person's."""
    throttle.give_back(session, attempt.tries)


def browser_name(person: Person) -> str:
    """Return a new name for a browser in which `person` has signed in; the door keeps it there, signed."""
    return f"{person.id}.{secrets.token_urlsafe(16)}"


def _record_refusal(session: Session, person: Person | None, address: str | None, reason: str) -> None:
    """What was typed for an account that does not exist is not kept: it may be a password or a key."""
    account = person.email if person is not None else NO_ACCOUNT
    record_refusal(session, Event.SIGN_IN_REFUSED, Actor("nobody", None, address), account, reason)
