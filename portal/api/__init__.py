"""The management API: programs look after their owner's keys with a management key. See docs/api.md.

Beside it, connected apps exchange one-time codes for keys: docs/apps.md.
"""

from flask import Blueprint, Flask, Response, g

from portal.api.problem import Problem, as_answer
from portal.extensions import csrf
from portal.gateway.guard import protect, require_key
from portal.web.portal import portal

bp = Blueprint("api", __name__, url_prefix="/api/v1/keys")
MANAGEMENT = "management"


def init_app(app: Flask) -> None:
    """Bind the door: its routes want a management key or an app's secret; no cookie and no form's token counts."""
    from portal.api import (  # noqa: F401, PLC0415  # they bind their routes
        change_key,
        exchange_code,
        list_keys,
        make_key,
        pause_key,
        stop_key,
    )

    with app.app_context():
        protect(app, settings=portal().settings)
    for routes in (bp, exchange_code.bp):
        csrf.exempt(routes)
        app.register_blueprint(routes)


@bp.before_request
@require_key(any_key=True)
def _let_in() -> None:
    if g.key.kind != MANAGEMENT:
        raise Problem("management-key-needed", "This key may call APIs, but not look after keys.")


@bp.errorhandler(Problem)
def _say(problem: Problem) -> Response:
    return as_answer(problem)
