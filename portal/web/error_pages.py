"""Any error as a page, as a fragment for HTMX, or as problem+json: chosen here alone.

A 404 says nothing of the request, not even its id: for another person's key and for one that never was, it is the same
to the byte.
"""

import logging
from http import HTTPStatus
from urllib.parse import urlencode

from flask import Flask, Response, json, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from werkzeug.exceptions import HTTPException

from portal.errors import PortalError, Unavailable
from portal.metrics.counts import UNANSWERED
from portal.web.cross_site import CrossSite
from portal.web.htmx import go, is_partial
from portal.web.permissions import to_sign_in
from portal.web.trouble import Trouble, trouble

_log = logging.getLogger("portal.errors")
_RETRY_SECONDS = 2
_TOO_LATE = {"23503", "23505"}  # PostgreSQL's: what a row names is gone, or the row is there already
_JSON = ("application/json", "application/problem+json")


def init_app(app: Flask) -> None:
    """Answer every error here."""
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(CrossSite, _cross_site)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(PortalError, _fault)
    app.register_error_handler(OperationalError, _no_database)
    app.register_error_handler(NoConnection, _no_connection)
    app.register_error_handler(IntegrityError, _too_late)


def _http_error(error: HTTPException) -> Response:
    answer = _answer(trouble(error.code or 500))
    for name, value in error.get_headers():
        if name.lower() not in {"content-type", "content-length"}:
            answer.headers.add(name, value)  # Allow, Retry-After, WWW-Authenticate
    return answer


def _fault(error: PortalError) -> Response:
    if error.status == HTTPStatus.SERVICE_UNAVAILABLE:
        return _unavailable(error, str(error) or error.title)
    _log.error("%s: %s", error.title, error, exc_info=error)
    return _answer(trouble(error.status, error.slug))


def _no_database(error: OperationalError) -> Response:
    return _unavailable(Unavailable(), str(error.orig))


def _no_connection(_error: NoConnection) -> Response:
    return _unavailable(Unavailable(), "Every connection to the database was in use for too long.")


def _too_late(error: IntegrityError) -> Response:
    """Answer whoever made what somebody else had made a moment before: only on PostgreSQL do two write at once."""
    if getattr(error.orig, "sqlstate", None) not in _TOO_LATE:
        raise error
    _log.warning("Two wanted at once what only one can have: %s", type(error.orig).__name__)
    return _answer(trouble(409))


def _unavailable(error: PortalError, why: str) -> Response:
    _log.warning("%s", why)
    if isinstance(error, Unavailable):
        UNANSWERED.add("pages")
    answer = _answer(trouble(error.status, error.slug))
    answer.retry_after = _RETRY_SECONDS
    return answer


def _cross_site(_error: CrossSite) -> Response:
    return _answer(
        Trouble(403, "cross-site", str(_("This came from another site")), str(_(
            "A form may be sent from the portal's own pages only. Nothing was changed: open the portal yourself and "
            "repeat what you wanted to do."
        )))
    )  # fmt: skip


def _stale_form(_error: CSRFError) -> ResponseReturnValue:
    """Answer a form whose CSRF token does not fit this session."""
    if current_user.is_authenticated:
        return _answer(
            Trouble(400, "stale-form", str(_("This form was too old")), str(_(
                "You have signed in again since it was opened. Nothing was changed and nothing is lost: "
                "open the page again and repeat the last step."
            )))
        )  # fmt: skip
    if request.blueprint == "sign_in" and request.endpoint != "sign_in.sign_out":
        return go(f"{request.path}?{urlencode({**request.args.to_dict(), 'stale': 1})}")
    return to_sign_in()


def _answer(what: Trouble) -> Response:
    if _wants_json():
        return _as_problem(what)
    if is_partial():
        answer = make_response(render_template("errors/_trouble.html", trouble=what), what.status)
        answer.headers.update({"HX-Retarget": "#trouble", "HX-Reswap": "outerHTML"})
        return answer
    return make_response(render_template("errors/page.html", trouble=what), what.status)


def _wants_json() -> bool:
    if request.path.startswith("/api/"):
        return True
    return request.accept_mimetypes.best_match(("text/html", *_JSON), default="text/html") in _JSON


def _as_problem(what: Trouble) -> Response:
    """Return the error as RFC 9457 has it."""
    body = {"type": "about:blank", "title": what.title, "status": what.status, "detail": what.sentence}
    body |= {"reason": what.slug}
    if what.quotable:
        body |= {"request_id": what.quotable}
    return Response(json.dumps(body), what.status, mimetype="application/problem+json")
