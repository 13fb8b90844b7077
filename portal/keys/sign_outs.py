"""Ending sign-ins, with the session keys that live by them: in one transaction, so that no list shows them as alive."""

from sqlalchemy.orm import Session

from portal.accounts import sessions, standing
from portal.accounts.models import Person, SignIn
from portal.audit.events import Actor, Event
from portal.errors import Refused
from portal.keys import session_keys


def end(session: Session, by: Actor, sign_in: SignIn, what: Event = Event.SESSION_ENDED) -> None:
    """End a sign-in and its session keys; does nothing when it has ended."""
    sessions.end(session, by, sign_in, what)
    session_keys.end_with(session, by, sign_in)


def end_all(session: Session, by: Actor, person: Person, *, but: SignIn | None = None) -> int:
    """End every open sign-in of `person`, except `but`, and their session keys; return how many were ended."""
    open_ones = [sign_in for sign_in in sessions.living(session, person) if but is None or sign_in.id != but.id]
    for sign_in in open_ones:
        end(session, by, sign_in)
    return len(open_ones)


def disable(session: Session, by: Actor, person: Person) -> Refused | None:
    """Disable `person` and end every sign-in of theirs; refuses as `standing.disable` does."""
    open_ones = sessions.living(session, person)  # none is, once the person is disabled
    refusal = standing.disable(session, by, person)
    for sign_in in open_ones if refusal is None else ():
        end(session, by, sign_in)
    return refusal
