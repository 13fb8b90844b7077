"""A small protected API, the portal's first customer: it says who calls it, and nothing to those without a key."""

from http import HTTPStatus
from typing import Any

from flask import Flask, Response, current_app, g, render_template, request, url_for
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from portal.config import Settings, load_settings
from portal.gateway.guard import as_response, protect, require_key
from portal.gateway.problem import problem
from portal.policy.reasons import Reason
from portal.verification.verifier import Verifier


def create_app(verifier: Verifier | None = None, settings: Settings | None = None) -> Flask:
    """Return the API, guarded by `verifier` or else by the one that `settings` (the environment's) describe."""
    app = Flask(__name__)
    app.extensions["portal.settings"] = settings = settings or load_settings()
    app.url_map.merge_slashes = False  # an API answers or refuses; it never sends a key somewhere else
    protect(app, verifier, settings)
    app.add_url_rule("/whoami", view_func=whoami)
    app.add_url_rule("/docs", view_func=docs)
    app.register_error_handler(HTTPException, _as_problem)
    app.after_request(_harden)
    return app


@require_key
def whoami() -> dict[str, Any]:
    """Say whose key this is."""
    return {"email": g.key.user, "key": {"id": g.key.id, "name": g.key.name, "kind": g.key.kind}}


def docs() -> str:
    """Explain the API to people, with the address and the prefix of this installation."""
    settings: Settings = current_app.extensions["portal.settings"]
    refusals = [reason for reason in Reason if reason.status == HTTPStatus.UNAUTHORIZED]
    return render_template(
        "docs.html", refusals=refusals, endpoint=f"{settings.site_url}{request.script_root}",
        portal=settings.site_url, prefix=settings.key_prefix,
    )  # fmt: skip


def _as_problem(error: HTTPException) -> Response:
    status = error.code or 500
    title = error.name or "Error"
    detail = error.description or title
    if status == HTTPStatus.NOT_FOUND:
        detail = f"There is nothing at this address. What there is stands in {url_for('docs')}."
    methods = error.valid_methods if isinstance(error, MethodNotAllowed) else None
    allow = (("Allow", ", ".join(sorted(methods))),) if methods else ()
    return as_response(problem(status, title.lower().replace(" ", "-"), title, detail, allow))


def _harden(response: Response) -> Response:
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'self'; frame-ancestors 'none'"
    return response
