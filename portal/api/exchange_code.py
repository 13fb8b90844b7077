"""POST /api/v1/apps/exchange: a connected app gets the key for which it was given a one-time code."""

from flask import Blueprint, Response, abort, jsonify, request
from flask.typing import ResponseReturnValue

from portal.api.body import read_body, read_text
from portal.api.problem import Problem, as_answer, refused
from portal.errors import Refused
from portal.handover import apps, codes
from portal.handover.models import ConnectedApp
from portal.keys.issuing import Issued
from portal.site import change
from portal.web.permissions import APP, may_call
from portal.web.portal import portal
from portal.web.unit_of_work import reading, writing
from portal.web.who import address

bp = Blueprint("apps", __name__, url_prefix="/api/v1/apps")
FIELDS = ("code", "redirect")


@bp.post("/exchange")
@may_call(APP)
def exchange_code() -> ResponseReturnValue:
    """Make a key of the person who opened the app, and answer with its token, once."""
    public_id, installation = _caller().public_id, portal()
    fields = read_body(FIELDS)
    code, redirect = read_text(fields, "code"), read_text(fields, "redirect")
    with writing() as session:
        app = apps.find(session, public_id) or abort(401)
        issued = codes.exchange(
            session, app, code, redirect, address=address(), prefix=installation.settings.key_prefix,
            peppers=installation.peppers, site=change.current(session),
        )  # fmt: skip
    if isinstance(issued, Refused):
        raise _refused(issued)
    return _answer(issued), 201


def _caller() -> ConnectedApp:
    """Return the app that proves with its secret that it is the one: Basic, its id as the user (RFC 6749, 2.3.1)."""
    told = request.authorization
    is_basic = told is not None and told.type == "basic" and told.username and told.password
    app = is_basic and apps.authenticate(reading(), portal().peppers, str(told.username), str(told.password))  # type: ignore[union-attr]
    if not app:
        raise Problem("app-unknown", "Send the app's id and secret as HTTP Basic: no connected app has these.")
    return app


def _answer(issued: Issued) -> Response:
    key = issued.key
    return jsonify(
        key=str(issued.token), public_id=key.public_id, name=key.name, user=key.owner.email,
        endpoint=portal().settings.endpoint_url,
        expires=key.expires_at and key.expires_at.isoformat(timespec="seconds"),
    )  # fmt: skip


def _refused(refusal: Refused) -> Problem:
    if refusal.reason == "code-invalid":
        detail = "The code is unknown, was used, is older than 60 seconds, or belongs to another app or address."
        return Problem("code-invalid", detail)
    return refused(refusal)


@bp.errorhandler(Problem)
def _say(problem: Problem) -> Response:
    return as_answer(problem)
