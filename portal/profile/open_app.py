"""Opening a connected app, which gets a short-lived key of the person."""

from datetime import timedelta

from flask import Response, abort, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal import clock
from portal.errors import Refused
from portal.handover import apps, codes
from portal.handover.launch import origin_of, with_code
from portal.handover.models import ConnectedApp
from portal.keys import rules
from portal.policy.policy import Policy
from portal.profile import bp
from portal.web.permissions import PERSON, may_call
from portal.web.security_headers import let_form_go_to
from portal.web.sentence import Draft, sentence
from portal.web.site import site_settings
from portal.web.unit_of_work import reading, writing
from portal.web.who import actor, me, me_still

STATE_LIMIT = 512


@bp.get("/profile/apps/<public_id>")
@may_call(PERSON)
def ask_open(public_id: str) -> ResponseReturnValue:
    """Say what the app will be able to do, and ask. `state` is the app's own, and goes back to it."""
    session = reading()
    app = apps.find(session, public_id) or abort(404)
    return _page(session, app, _state())


@bp.post("/profile/apps/<public_id>")
@may_call(PERSON)
def open_app(public_id: str) -> ResponseReturnValue:
    """Send the browser to the app with a one-time code."""
    state = _state()
    with writing() as session:
        app = apps.find(session, public_id) or abort(404)
        code = codes.begin(session, actor(), me_still(session), app, site_settings())
    if isinstance(code, Refused):
        return _page(reading(), app, state, 409)
    let_form_go_to(origin_of(app.launch_url))
    return redirect(with_code(app.launch_url, code, state), 303)


def _state() -> str | None:
    state = request.values.get("state")
    if state is not None and not (len(state) <= STATE_LIMIT and state.isascii() and state.isprintable()):
        abort(400)
    return state


def _page(session: Session, app: ConnectedApp, state: str | None, status: int = 200) -> Response:
    let_form_go_to(origin_of(app.launch_url))
    site, lifetime = site_settings(), timedelta(minutes=app.lifetime_minutes)
    draft = Draft(app.name, rules.under_ceiling(Policy.from_text(app.policy), site), None, clock.now() + lifetime)
    context = {"app": app, "state": state, "lifetime": lifetime, "sentence": sentence(draft)}
    has_key = codes.has_own_key(session, me(session), site)
    return make_response(render_template("profile/open_app.html", has_key=has_key, **context), status)
