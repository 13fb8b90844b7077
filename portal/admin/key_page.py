"""One key as an admin sees it: its rules, its use, its refusals, its history, and the way to stop it."""

from typing import Any

from flask import Response, abort, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.models import DELETED
from portal.admin import bp
from portal.admin.reason_form import ReasonForm
from portal.admin.why import WhyForm
from portal.keys import finder, leaks, lifecycle, rotation
from portal.keys.models import Key
from portal.web.history import key_history
from portal.web.htmx import fragment_or_page, go, retarget
from portal.web.permissions import ADMIN, may_call
from portal.web.sentences import explain
from portal.web.unit_of_work import reading, writing
from portal.web.usage_words import USAGE, usage_of
from portal.web.who import actor, admin_still

PAGE, STOP, STOP_PAGE = "admin/key/page.html", "admin/key/_stop.html", "admin/key/stop.html"
_DONE: dict[str, Any] = {
    "revoke": _l("Revoked %(name)s. It is refused from now on."),
    "pause": _l("Paused %(name)s. It is refused until it is resumed."),
    "resume": _l("Resumed %(name)s. It works again."),
}


@bp.get("/keys/<public_id>")
@may_call(ADMIN)
def key_page(public_id: str) -> ResponseReturnValue:
    """Show everything that is known of the key, but for its secret, which nobody knows."""
    session = reading()
    key = finder.by_public_id(session, public_id) or abort(404)
    return fragment_or_page(USAGE if "span" in request.args else PAGE, PAGE, **_loaded(session, key))


@bp.get("/keys/<public_id>/<any(revoke,pause):act>")
@may_call(ADMIN)
def ask_stop_key(public_id: str, act: str) -> ResponseReturnValue:
    """Ask whether to stop the key, and why."""
    key = finder.by_public_id(reading(), public_id) or abort(404)
    return _question(key, act, ReasonForm())


@bp.post("/keys/<public_id>/<any(revoke,pause,resume):act>")
@may_call(ADMIN)
def act_on_key(public_id: str, act: str) -> ResponseReturnValue:
    """Revoke, pause or resume the key. When this is answered, the next request with it is judged by it."""
    form = ReasonForm()
    if act != "resume" and not form.validate():
        return _question(finder.by_public_id(reading(), public_id) or abort(404), act, form, status=422)
    with writing() as session:
        admin_still(session)
        key = finder.by_public_id(session, public_id) or abort(404)
        said = _act(session, key, act, form.reason.data or None)
    return go(url_for("admin.key_page", public_id=public_id), say=said)


def _act(session: Session, key: Key, act: str, reason: str | None) -> str:
    if act == "revoke":
        if not lifecycle.revoke(session, actor(), key, reason):
            return str(_("%(name)s was revoked before.", name=key.name))
    elif act == "pause":
        refusal = lifecycle.pause(session, actor(), key, reason)
    else:
        refusal = lifecycle.resume(session, actor(), key)
    if act != "revoke" and refusal is not None:
        return explain(refusal)
    return str(_DONE[act]) % {"name": key.name}


def _loaded(session: Session, key: Key) -> dict[str, Any]:
    return {
        "key": key, "usage": usage_of(session, key), "history": key_history(session, key.public_id),
        "now": clock.now(), "overlap": rotation.overlap(session, key),
        "leaks": leaks.living_leaks(session, key.owner_id, key), "why": WhyForm(formdata=None), "explanation": None,
        "is_owner_gone": key.owner.email_folded.startswith(DELETED),
    }  # fmt: skip


def _question(key: Key, act: str, form: ReasonForm, status: int = 200) -> Response:
    answer = fragment_or_page(STOP, STOP_PAGE, key=key, act=act, form=form, now=clock.now(), status=status)
    return answer if status == 200 else retarget(answer, "#dialog", "innerHTML")  # noqa: PLR2004
