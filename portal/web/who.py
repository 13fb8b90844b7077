"""The person who makes the current request, as jobs need them."""

from flask import abort, request
from flask_login import current_user
from sqlalchemy.orm import Session

from portal.accounts import sessions
from portal.accounts.models import Person, SignIn
from portal.audit.events import Actor
from portal.client_ip import client_address
from portal.web.permissions import to_sign_in
from portal.web.portal import portal


def address() -> str | None:
    """Return the address of the caller: the socket's, unless trusted proxies say otherwise."""
    peer, forwarded_for = request.environ.get("REMOTE_ADDR"), request.headers.get("X-Forwarded-For")
    return client_address(peer, forwarded_for, portal().settings.trusted_proxies)


def user_agent() -> str:
    """Return how the browser calls itself."""
    return request.headers.get("User-Agent", "")


def actor() -> Actor:
    """Return the signed-in person for the audit trail."""
    person: Person = current_user.person
    return Actor(person.email, person.id, address())


def me(session: Session) -> Person:
    """Return the signed-in person as a row of `session`."""
    return session.get_one(Person, current_user.person.id)


def me_still(session: Session) -> Person:
    """Return the signed-in person for a change; a browser that was signed out a moment ago changes nothing."""
    if not sessions.is_open(my_sign_in(session)):
        abort(to_sign_in())  # type: ignore[arg-type]  # a response
    return me(session)


def admin_still(session: Session) -> Person:
    """Return the signed-in admin for a change; who was unmade a moment ago changes nothing, and gets a 404."""
    person = me_still(session)
    return person if person.is_admin else abort(404)


def my_sign_in(session: Session) -> SignIn:
    """Return the sign-in of this browser as a row of `session`."""
    return session.get_one(SignIn, current_user.sign_in.id)
