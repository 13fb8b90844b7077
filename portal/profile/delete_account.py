"""Deleting one's own account, after its password was given once more."""

from flask import Response, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from portal.accounts import membership, passwords, sessions, throttle
from portal.accounts.throttle import Throttled
from portal.errors import Refused
from portal.keys.delete_account import delete_account
from portal.profile import bp
from portal.profile.forms import DeleteAccountForm
from portal.usage.forget import ACCESS_KEPT, forget_person
from portal.web.htmx import fragment_or_page, go
from portal.web.permissions import PERSON, may_call
from portal.web.sentences import explain, wait
from portal.web.unit_of_work import writing
from portal.web.who import actor, me, my_sign_in

PAGE, FRAGMENT = "profile/delete.html", "profile/_delete_form.html"


@bp.get("/profile/delete")
@may_call(PERSON)
def deletion() -> ResponseReturnValue:
    """Say what goes and what stays, and ask for the password."""
    return _page(DeleteAccountForm(), 200)


@bp.post("/profile/delete")
@may_call(PERSON)
def delete_my_account() -> ResponseReturnValue:
    """Delete the account of whoever gives its password. Nothing slow happens in a transaction."""
    form, person = DeleteAccountForm(), current_user.person
    with writing() as session:
        tries = membership.begin_change(session, actor(), me(session))
    if isinstance(tries, Throttled):
        return _too_often(form, tries)
    if not passwords.matches(form.current.data or "", person.password_hash):
        return _wrong(form)
    refusal = _delete(person.password_hash, tries)
    if refusal is not None:
        form.form_errors.append(explain(refusal))
        return _page(form)
    cookie.clear()
    answer = go(url_for("sign_in.form"), say=_("Your account is deleted."))
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


def _delete(compared: bytes | None, tries: list[int]) -> Refused | None:
    """Delete the account unless someone was faster: signed this browser out, or changed the password meanwhile."""
    with writing() as session:
        here, by = my_sign_in(session), actor()
        if not sessions.is_open(here) or here.person.password_hash != compared:
            membership.refuse_password(session, by, here.person, "overtaken")
            return Refused("overtaken")
        throttle.give_back(session, tries)
        refusal = delete_account(session, by, here.person)
        if refusal is None:
            forget_person(session, here.person_id)
        return refusal


def _wrong(form: DeleteAccountForm) -> Response:
    with writing() as session:
        membership.refuse_password(session, actor(), me(session))
    form.current.errors = [_("This is not your current password.")]
    return _page(form)


def _too_often(form: DeleteAccountForm, throttled: Throttled) -> Response:
    form.form_errors.append(wait(throttled))
    answer = _page(form, 429)
    answer.retry_after = throttled.retry_after
    answer.headers["HX-Retarget"] = "#delete-form"  # says that this 429 is ours, and no proxy's
    return answer


def _page(form: DeleteAccountForm, status: int = 422) -> Response:
    return fragment_or_page(FRAGMENT, PAGE, status=status, form=form, access_days=ACCESS_KEPT.days)
