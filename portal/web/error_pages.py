"""Any error as a page, as a fragment for HTMX, or as problem+json: chosen here alone.

A 404 says nothing of the request, not even its id: for another person's key and for one that never was, it is the same
to the byte.
"""

from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlencode

from flask import Flask, Response, json, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException
from werkzeug.http import HTTP_STATUS_CODES

from portal.errors import PortalError, Unavailable
from portal.web.htmx import go, is_partial
from portal.web.permissions import to_sign_in
from portal.web.request_log import request_id

_RETRY_SECONDS = 2
_JSON = ("application/json", "application/problem+json")


@dataclass(frozen=True, slots=True)
class Trouble:
    """What went wrong: for machines a status and a slug, for people a title and a sentence."""

    status: int
    slug: str
    title: str
    sentence: str

    @property
    def quotable(self) -> str | None:
        """The id to quote when asking for help; None where the answer must say nothing of the request."""
        return None if self.status == HTTPStatus.NOT_FOUND else request_id()


def init_app(app: Flask) -> None:
    """Answer every error here."""
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(PortalError, _fault)
    app.register_error_handler(OperationalError, _no_database)


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    answer = _answer(_trouble(status))
    for name, value in error.get_headers():
        if name.lower() not in {"content-type", "content-length"}:
            answer.headers.add(name, value)  # Allow, Retry-After, WWW-Authenticate
    return answer


def _fault(error: PortalError) -> Response:
    answer = _answer(Trouble(error.status, error.slug, str(_(error.title)), _sentence(error.status)))
    if error.status == HTTPStatus.SERVICE_UNAVAILABLE:
        answer.retry_after = _RETRY_SECONDS
    return answer


def _no_database(_error: OperationalError) -> Response:
    return _fault(Unavailable())


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


def _answer(trouble: Trouble) -> Response:
    if _wants_json():
        return _as_problem(trouble)
    if is_partial():
        answer = make_response(render_template("errors/_trouble.html", trouble=trouble), trouble.status)
        answer.headers.update({"HX-Retarget": "#trouble", "HX-Reswap": "outerHTML"})
        return answer
    return make_response(render_template("errors/page.html", trouble=trouble), trouble.status)


def _wants_json() -> bool:
    if request.path.startswith("/api/"):
        return True
    return request.accept_mimetypes.best_match(("text/html", *_JSON), default="text/html") in _JSON


def _as_problem(trouble: Trouble) -> Response:
    """Return the error as RFC 9457 has it."""
    body = {"type": "about:blank", "title": trouble.title, "status": trouble.status, "detail": trouble.sentence}
    body |= {"reason": trouble.slug}
    if trouble.quotable:
        body |= {"request_id": trouble.quotable}
    return Response(json.dumps(body), trouble.status, mimetype="application/problem+json")


def _trouble(status: int) -> Trouble:
    titles = {
        400: _("That request could not be read"),
        401: _("You are not signed in"),
        403: _("You may not do this"),
        404: _("There is nothing here"),
        405: _("This address does something else"),
        413: _("That is too much at once"),
        429: _("That was too often"),
        500: _("Something went wrong here"),
        503: _("The portal is busy"),
    }
    name = HTTP_STATUS_CODES.get(status, "Error")
    return Trouble(status, name.lower().replace(" ", "-"), str(titles.get(status, name)), _sentence(status))


def _sentence(status: int) -> str:
    sentences = {
        401: _("Sign in and try again."),
        403: _("Your account does not allow it."),
        404: _("The address may be mistyped, or what it named is gone or not yours to see."),
        405: _("It cannot be opened in this way. Go back and use the buttons of the page."),
        413: _("A request may hold at most 64 kB. Nothing was changed."),
        429: _("Wait a little, then try again."),
        503: _("It did not get through to its database in time. Nothing was changed; try again in a moment."),
    }
    if status in sentences:
        return str(sentences[status])
    if status >= 500:  # noqa: PLR2004
        return str(_("It is our fault, not yours, and it has been written down. Nothing was half done."))
    return str(_("Go back, check what you entered and try again."))
