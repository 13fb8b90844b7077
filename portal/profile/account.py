"""*My profile*, and changing one's password."""

from flask import Response, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from portal.accounts import membership, passwords, sessions
from portal.accounts.throttle import Throttled
from portal.errors import Refused
from portal.keys import sign_outs
from portal.profile import bp
from portal.profile.forms import PasswordForm
from portal.web.htmx import fragment_or_page, go
from portal.web.permissions import PERSON, may_call
from portal.web.sentences import explain, wait
from portal.web.unit_of_work import reading, writing
from portal.web.who import actor, me, my_sign_in

PAGE, FRAGMENT = "profile/password.html", "profile/_password_form.html"


@bp.get("/profile")
@may_call(PERSON)
def account() -> ResponseReturnValue:
    """Show who one is here, and the ways on."""
    open_ones = len(sessions.living(reading(), current_user.person))
    return render_template("profile/account.html", person=current_user.person, sign_ins=open_ones)


@bp.get("/profile/password")
@may_call(PERSON)
def password() -> ResponseReturnValue:
    """Show the form."""
    return fragment_or_page(FRAGMENT, PAGE, form=PasswordForm())


@bp.post("/profile/password")
@may_call(PERSON)
def change_password() -> ResponseReturnValue:
    """Change the password, and end every other sign-in. Nothing slow happens in a transaction."""
    form, person = PasswordForm(), current_user.person
    if not form.new.check(person.email):
        return _form_again(form)
    with writing() as session:
        tries = membership.begin_change(session, actor(), me(session))
    if isinstance(tries, Throttled):
        return _too_often(form, tries)
    if not passwords.matches(form.current.data or "", person.password_hash):
        return _wrong(form)
    ended = _change(person.password_hash, passwords.hash_password(form.new.data or ""), tries)
    if isinstance(ended, Refused):
        return go(url_for("profile.password"), say=explain(ended))
    return go(url_for("profile.account"), say=_said(ended))


def _change(compared: bytes | None, password_hash: bytes, tries: list[int]) -> int | Refused:
    """Set the new password and end every other sign-in; return how many, or that someone was faster."""
    with writing() as session:
        here = my_sign_in(session)
        refusal = membership.finish_change(session, actor(), here, password_hash, compared=compared, tries=tries)
        return refusal or sign_outs.end_all(session, actor(), me(session), but=here)


def _wrong(form: PasswordForm) -> Response:
    with writing() as session:
        membership.refuse_password(session, actor(), me(session))
    form.current.errors = [_("This is not your current password.")]
    return _form_again(form)


def _too_often(form: PasswordForm, throttled: Throttled) -> Response:
    form.form_errors.append(wait(throttled))
    answer = _form_again(form, 429)
    answer.retry_after = throttled.retry_after
    answer.headers["HX-Retarget"] = "#password-form"  # says that this 429 is ours, and no proxy's
    return answer


def _form_again(form: PasswordForm, status: int = 422) -> Response:
    return fragment_or_page(FRAGMENT, PAGE, status=status, form=form)


def _said(ended: int) -> str:
    if ended:
        return str(_("Your password is changed, and every other browser is signed out."))
    return str(_("Your password is changed."))
