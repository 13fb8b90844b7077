"""Signing up, where the installation lets everyone make an account."""

from flask import Response, abort, make_response, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import TooManyRequests

from portal.accounts import membership, passwords, throttle
from portal.accounts.sessions import Opened
from portal.accounts.throttle import Throttled
from portal.audit.events import Actor
from portal.config import SignUp
from portal.errors import Refused
from portal.sign_in import bp
from portal.sign_in.first_time import open_first
from portal.sign_in.forms import SignUpForm
from portal.sign_in.sign_in import welcome
from portal.web.account_fields import say_refused
from portal.web.paths import safe_next
from portal.web.permissions import ANYONE, may_call
from portal.web.sign_up import who_may_sign_up
from portal.web.unit_of_work import writing
from portal.web.who import address


@bp.get("/sign-up")
@may_call(ANYONE)
def sign_up_form() -> ResponseReturnValue:
    """Show the form."""
    _only_when_open()
    return _page(SignUpForm(), 200)


@bp.post("/sign-up")
@may_call(ANYONE)
def sign_up() -> ResponseReturnValue:
    """Make an account and sign its person in."""
    _only_when_open()
    form = SignUpForm()
    if not form.validate():
        return _page(form, 422)
    _not_too_often()  # weighing a password is slow too
    if not form.password.check(form.email.data or ""):
        return _page(form, 422)
    password_hash = passwords.hash_password(form.password.data or "")
    outcome = _create(form.email.data or "", password_hash)
    if isinstance(outcome, Refused):
        say_refused(form.email, outcome)
        return _page(form, 422)
    return welcome(outcome)


def _create(email: str, password_hash: bytes) -> Opened | Refused:
    with writing() as session:
        person = membership.create(session, Actor(email, None, address()), email, password_hash)
        if isinstance(person, Refused):
            return person
        return open_first(session, person)


def _only_when_open() -> None:
    if who_may_sign_up() is not SignUp.OPEN:
        abort(404)


def _not_too_often() -> None:
    with writing() as session:
        tries = throttle.reserve(session, throttle.for_sign_up(address()))
    if isinstance(tries, Throttled):
        raise TooManyRequests(retry_after=tries.retry_after)


def _page(form: SignUpForm, status: int) -> Response:
    wanted = safe_next(request.args.get("next"))
    page = render_template("sign_in/sign_up.html", form=form, next=wanted, stale="stale" in request.args)
    return make_response(page, status)
