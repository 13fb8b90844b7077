"""Signing in with a password, and signing out."""

from flask import Response, make_response, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from portal.accounts import passwords
from portal.accounts import sign_in as job
from portal.accounts.sessions import Opened
from portal.accounts.throttle import Throttled
from portal.audit.events import Event
from portal.errors import Refused, TooBusy
from portal.keys import sign_outs
from portal.metrics.counts import ATTEMPTS
from portal.sign_in import bp
from portal.sign_in.forms import SignInForm
from portal.web.htmx import go
from portal.web.known_browser import known_browser, make_known
from portal.web.paths import safe_next
from portal.web.permissions import ANYONE, may_call
from portal.web.sentences import wait
from portal.web.sign_up import who_may_sign_up
from portal.web.signed_in import has_ended, remember
from portal.web.unit_of_work import writing
from portal.web.who import actor, address, my_sign_in, user_agent


@bp.get("/sign-in")
@may_call(ANYONE)
def form() -> ResponseReturnValue:
    """Show the form; who is signed in already is sent on."""
    if current_user.is_authenticated:
        return go(destination())
    return _page(SignInForm(), ended=has_ended() and "stale" not in request.args)


@bp.post("/sign-in")
@may_call(ANYONE)
def sign_in() -> ResponseReturnValue:
    """Sign a person in. The slow comparison runs between two short transactions, never in one."""
    form = SignInForm()
    with writing() as session:
        attempt = job.begin(session, form.email.data or "", address(), known_browser())
    if isinstance(attempt, Throttled):
        return _too_often(form, attempt)
    matched = _compare(form.password.data or "", attempt)
    with writing() as session:
        outcome = job.finish(session, attempt, matched=matched, user_agent=user_agent())
    ATTEMPTS.add("wrong" if isinstance(outcome, Refused) else "let-in")
    return _wrong(form) if isinstance(outcome, Refused) else welcome(outcome)


@bp.post("/sign-out")
@may_call(ANYONE)
def sign_out() -> ResponseReturnValue:
    """End this browser's sign-in; does nothing more for someone whose sign-in has ended."""
    if current_user.is_authenticated:
        with writing() as session:
            sign_outs.end(session, actor(), my_sign_in(session), Event.SIGNED_OUT)
    cookie.clear()
    answer = go(url_for("sign_in.form"), say=_("You are signed out."))
    answer.headers["Clear-Site-Data"] = '"cache"'  # not cookies: this browser stays known
    return answer


def welcome(opened: Opened) -> Response:
    """Send someone who has just come in to where they wanted to go; an earlier sign-in of this browser ends."""
    if current_user.is_authenticated:
        with writing() as session:
            sign_outs.end(session, actor(), my_sign_in(session))
    remember(opened)
    answer = go(destination())
    make_known(answer, job.browser_name(opened.person))
    return answer


def destination() -> str:
    """Return the page that was asked for, when it is ours, else the API credentials."""
    return safe_next(request.args.get("next")) or url_for("profile.credentials")


def _compare(password: str, attempt: job.Attempt) -> bool:
    try:
        return passwords.matches(password, attempt.password_hash)
    except TooBusy:
        with writing() as session:
            job.withdraw(session, attempt)
        ATTEMPTS.add("too-busy")
        raise


def _wrong(form: SignInForm) -> Response:
    form.password.errors = [_("E-mail or password is wrong.")]
    return _page(form, 422)


def _too_often(form: SignInForm, throttled: Throttled) -> Response:
    ATTEMPTS.add("throttled")
    form.form_errors.append(wait(throttled))
    answer = _page(form, 429)
    answer.retry_after = throttled.retry_after
    return answer


def _page(form: SignInForm, status: int = 200, *, ended: bool = False) -> Response:
    wanted, stale = safe_next(request.args.get("next")), "stale" in request.args
    shown = {"form": form, "next": wanted, "stale": stale, "ended": ended, "sign_up": who_may_sign_up()}
    return make_response(render_template("sign_in/sign_in.html", **shown), status)
