"""Coming in for the first time: the default-key of a new person, and their first sign-in."""

from sqlalchemy.orm import Session

from portal.accounts import sessions
from portal.accounts.models import Person
from portal.accounts.sessions import Opened
from portal.audit.events import Actor
from portal.keys import default_key
from portal.site import change
from portal.web.portal import portal
from portal.web.who import address, user_agent


def open_first(session: Session, person: Person) -> Opened:
    """Open the first sign-in of someone who has made their account in this very transaction."""
    by = Actor(person.email, person.id, address())
    default_key.reserve(session, by, person, prefix=portal().settings.key_prefix, site=change.current(session))
    return sessions.open_for(session, by, person, user_agent())
