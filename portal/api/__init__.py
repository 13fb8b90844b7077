"""The management API: programs look after their owner's keys with a management key. See docs/api.md."""

from flask import Blueprint, Flask, Response, g

from portal.api.problem import Problem, as_answer
from portal.extensions import csrf
from portal.gateway.guard import protect, require_key
from portal.web.portal import portal

bp = Blueprint("api", __name__, url_prefix="/api/v1/keys")
MANAGEMENT = "management"


def init_app(app: Flask) -> None:
    """Bind the door: every route of it wants a management key, and no cookie and no form's token counts."""
    from portal.api import change_key, list_keys, make_key, pause_key, stop_key  # noqa: F401, PLC0415  # they bind their routes

    with app.app_context():
        protect(app, settings=portal().settings)
    csrf.exempt(bp)
    app.register_blueprint(bp)


@bp.before_request
@require_key(any_key=True)
def _let_in() -> None:
    if g.key.kind != MANAGEMENT:
        raise Problem("management-key-needed", "This key may call APIs, but not look after keys.")


@bp.errorhandler(Problem)
def _say(problem: Problem) -> Response:
    return as_answer(problem)
