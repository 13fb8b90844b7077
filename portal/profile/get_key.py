"""Keys that are had by one button: the secret of a key that has none yet, and a session key."""

from typing import Any

from flask import abort
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import clock
from portal.errors import Refused
from portal.keys import default_key, finder, session_keys
from portal.keys.default_key import AlreadyGot
from portal.keys.issuing import AlreadyIssued, Issued
from portal.profile import bp
from portal.profile.credentials import show_already, show_repeated, show_token
from portal.profile.form_ids import sent_form_id
from portal.profile.list_address import list_url, wish
from portal.site import change
from portal.web.htmx import go
from portal.web.permissions import PERSON, may_call
from portal.web.portal import portal
from portal.web.sentences import explain
from portal.web.unit_of_work import writing
from portal.web.who import actor, me_still, my_sign_in


@bp.post("/profile/api-credentials/<public_id>/secret")
@may_call(PERSON)
def get_key(public_id: str) -> ResponseReturnValue:
    """Make the secret of a key that has none yet, and show it. The token is in this answer and nowhere else."""
    form_id = sent_form_id()
    with writing() as session:
        key = finder.owned(session, me_still(session).id, public_id) or abort(404)
        answer = default_key.get_secret(
            session, actor(), key, peppers=portal().peppers, site=change.current(session), form_id=form_id
        )
    match answer:
        case Issued():
            return show_token(answer, say=_("API key generated."))
        case AlreadyGot():
            return show_repeated(answer)
    return go(list_url(wish()), say=explain(answer))


@bp.post("/profile/api-credentials/session-key")
@may_call(PERSON)
def generate_session_key() -> ResponseReturnValue:
    """Make a key that ends with this sign-in, and show it."""
    answer = _issue(sent_form_id(), _("Session key, %(time)s", time=clock.now().strftime("%Y-%m-%d %H:%M")))
    match answer:
        case Issued():
            return show_token(answer, say=_("Session key generated."))
        case AlreadyIssued():
            return show_already(answer)
    if answer.reason == "form-taken":
        abort(422)
    return go(list_url(wish()), say=explain(answer))


def _issue(form_id: str, name: str) -> Issued | AlreadyIssued | Refused:
    wishes: dict[str, Any] = {"prefix": portal().settings.key_prefix, "peppers": portal().peppers, "form_id": form_id}
    with writing() as session:
        return session_keys.issue(session, actor(), my_sign_in(session), name, site=change.current(session), **wishes)
