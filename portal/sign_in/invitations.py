"""Invitations: the page behind the one-time link, on which someone sets a password and so has an account."""

from flask import Response, make_response, render_template, request
from flask.typing import ResponseReturnValue

from portal.accounts import invitations, passwords, sessions
from portal.accounts.models import Invitation
from portal.accounts.sessions import Opened
from portal.audit.events import Actor
from portal.errors import Refused
from portal.sign_in import bp
from portal.sign_in.forms import InvitationForm
from portal.sign_in.sign_in import welcome
from portal.web.permissions import ANYONE, may_call
from portal.web.unit_of_work import reading, stop_reading, writing
from portal.web.who import address, user_agent


@bp.get("/invitations/<token>")
@may_call(ANYONE)
def invitation(token: str) -> ResponseReturnValue:
    """Show the form, or say that the link leads nowhere any more."""
    found = invitations.find(reading(), token)
    return _over() if found is None else _page(InvitationForm(), found, 200)


@bp.post("/invitations/<token>")
@may_call(ANYONE)
def accept(token: str) -> ResponseReturnValue:
    """Make the account and sign its person in."""
    found = invitations.find(reading(), token)
    stop_reading()  # what follows is slow
    if found is None:
        return _over()
    form = InvitationForm()
    if not form.password.check(found.email):
        return _page(form, found, 422)
    opened = _accept(token, passwords.hash_password(form.password.data or ""))
    return _over() if opened is None else welcome(opened)


def _accept(token: str, password_hash: bytes) -> Opened | None:
    """Use the invitation up; None when someone was faster."""
    with writing() as session:
        found = invitations.find(session, token)
        person = None if found is None else invitations.accept(session, found, password_hash, address())
        if person is None or isinstance(person, Refused):
            return None
        return sessions.open_for(session, Actor(person.email, person.id, address()), person, user_agent())


def _page(form: InvitationForm, found: Invitation, status: int) -> Response:
    page = render_template("sign_in/invitation.html", form=form, invitation=found, stale="stale" in request.args)
    return make_response(page, status)


def _over() -> Response:
    return make_response(render_template("sign_in/invitation_over.html"), 404)
