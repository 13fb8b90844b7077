"""The browsers in which one is signed in, and ending them."""

from flask import abort, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from portal.accounts import sessions as job
from portal.keys import sign_outs
from portal.profile import bp
from portal.web.browsers import describe
from portal.web.htmx import fragment_or_page, go, is_partial
from portal.web.permissions import PERSON, may_call
from portal.web.unit_of_work import reading, writing
from portal.web.who import actor, me

PAGE, FRAGMENT = "profile/sessions.html", "profile/_sign_ins.html"


@bp.get("/profile/sessions")
@may_call(PERSON)
def sessions() -> ResponseReturnValue:
    """Show where one is signed in."""
    return _show()


@bp.post("/profile/sessions/<row:sign_in_id>/end")
@may_call(PERSON)
def end_session(sign_in_id: int) -> ResponseReturnValue:
    """End one sign-in; ending this very one is signing out."""
    with writing() as session:
        sign_in = job.owned(session, me(session), sign_in_id)
        if sign_in is None:
            abort(404)
        sign_outs.end(session, actor(), sign_in)
    if sign_in_id == current_user.sign_in.id:
        return _signed_out(_("You are signed out."))
    said = _("That browser is signed out.")
    return _show(said=said, refocus=True) if is_partial() else go(url_for("profile.sessions"), said)


@bp.post("/profile/sessions/end-all")
@may_call(PERSON)
def end_all_sessions() -> ResponseReturnValue:
    """Sign out everywhere, here too."""
    with writing() as session:
        sign_outs.end_all(session, actor(), me(session))
    return _signed_out(_("You are signed out everywhere."))


def _show(*, said: str | None = None, refocus: bool = False) -> ResponseReturnValue:
    """Answer with the list; `refocus` gives it the focus when the button that had it is gone."""
    sign_ins = job.living(reading(), current_user.person)
    return fragment_or_page(FRAGMENT, PAGE, say=said, sign_ins=sign_ins, describe=describe, refocus=refocus)


def _signed_out(said: str) -> ResponseReturnValue:
    cookie.clear()
    return go(url_for("sign_in.form"), said)
