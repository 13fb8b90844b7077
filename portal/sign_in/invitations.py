"""Invitations: the page behind the one-time link, on which someone sets a password and so has an account."""

from flask import Response, abort, make_response, render_template, request
from flask.typing import ResponseReturnValue

from portal.accounts import invitations, membership, passwords
from portal.accounts.models import Invitation
from portal.accounts.sessions import Opened
from portal.config import SignUp
from portal.errors import Refused
from portal.sign_in import bp
from portal.sign_in.first_time import open_first
from portal.sign_in.forms import InvitationForm
from portal.sign_in.sign_in import welcome
from portal.web.permissions import ANYONE, may_call
from portal.web.sign_up import who_may_sign_up
from portal.web.unit_of_work import reading, stop_reading, writing
from portal.web.who import address


@bp.get("/invitations/<token>")
@may_call(ANYONE)
def invitation(token: str) -> ResponseReturnValue:
    """Show the form, or say why the link leads nowhere any more."""
    found = _find(token)
    return _over(found.reason) if isinstance(found, Refused) else _page(InvitationForm(), found, 200)


@bp.post("/invitations/<token>")
@may_call(ANYONE)
def accept(token: str) -> ResponseReturnValue:
    """Make the account and sign its person in."""
    found = _find(token)
    stop_reading()  # what follows is slow
    if isinstance(found, Refused):
        return _over(found.reason)
    form = InvitationForm()
    if not form.password.check(found.email):
        return _page(form, found, 422)
    opened = _accept(token, passwords.hash_password(form.password.data or ""))
    return _over(opened.reason) if isinstance(opened, Refused) else welcome(opened)


def _find(token: str) -> Invitation | Refused:
    """Return the open invitation, or `over`, `email-taken`, `person-disabled`; no such page where nobody is let in."""
    if who_may_sign_up() is SignUp.OFF:
        abort(404)
    found = invitations.find(reading(), token)
    if found is None:
        return Refused("over")
    return invitations.why_useless(membership.by_email(reading(), found.email)) or found


def _accept(token: str, password_hash: bytes) -> Opened | Refused:
    """Use the invitation up; refuse when someone was faster."""
    with writing() as session:
        found = invitations.find(session, token)
        if found is None:
            return Refused("over")
        person = invitations.accept(session, found, password_hash, address())
        return person if isinstance(person, Refused) else open_first(session, person)


def _page(form: InvitationForm, found: Invitation, status: int) -> Response:
    page = render_template("sign_in/invitation.html", form=form, invitation=found, stale="stale" in request.args)
    return make_response(page, status)


def _over(why: str) -> Response:
    return make_response(render_template("sign_in/invitation_over.html", why=why), 404)
