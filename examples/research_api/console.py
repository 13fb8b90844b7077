"""*Run* on the page of an algorithm: the server calls the API for whoever filled in the form.

The call is a request like any other: it passes the same guard, which judges the key that the form brings, from the
address of whoever sent the form. There is no session and no cookie here, the key itself is the only credential, so
there is nothing that another site could make a browser send along, and no CSRF token to guard it. That a form comes
from this very page is checked all the same: nobody else has a reason to send one.
"""

import json
from http import HTTPStatus
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, make_response, request
from werkzeug.exceptions import RequestEntityTooLarge

from examples.research_api.algorithms import Algorithm
from examples.research_api.bodies import JSON, TEXT, body_limit
from examples.research_api.docs import Ran, algorithm_page, known
from examples.research_api.problems import refuse

routes = Blueprint("console", __name__)

_OUR_OWN = {"same-origin", "none"}
_CARRIED = (
    "SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL", "SCRIPT_NAME", "HTTP_HOST", "REMOTE_ADDR", "HTTP_X_FORWARDED_FOR",
    "HTTP_USER_AGENT", "wsgi.url_scheme", "wsgi.version", "wsgi.errors", "wsgi.multithread", "wsgi.multiprocess",
    "wsgi.run_once",
)  # fmt: skip
_TOLD = ("WWW-Authenticate", "X-Auth-Reason", "Retry-After", "RateLimit", "RateLimit-Policy")


@routes.post("/docs/algo/<owner>/<name>")
def run(owner: str, name: str) -> Response:
    """Run the algorithm with the key and the input of the form; show the answer under its own status."""
    if _comes_from_elsewhere():
        refuse(
            403, "cross-site", "From another site", "Another site sent this form. Open the page here, and run it again."
        )
    shown = known(owner, name)
    try:
        form = request.form
    except RequestEntityTooLarge:
        return _page(shown, _too_large(), "", TEXT)
    body, content_type = form.get("input", ""), TEXT if form.get("type") == TEXT else JSON
    return _page(shown, _call(shown, body.encode(), content_type, form.get("key", "").strip()), body, content_type)


def _call(algorithm: Algorithm, body: bytes, content_type: str, key: str) -> Response:
    """Return what the API answers to this key, without what a browser says of the page it comes from."""
    environ = {name: request.environ[name] for name in _CARRIED if name in request.environ} | {
        "REQUEST_METHOD": "POST", "PATH_INFO": f"/v1/algo/{algorithm.owner}/{algorithm.name}", "QUERY_STRING": "",
        "CONTENT_TYPE": content_type, "CONTENT_LENGTH": str(len(body)), "wsgi.input": BytesIO(body),
        "HTTP_X_API_KEY": key,
    }  # fmt: skip
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001  # Flask's own word for it
    with app.app_context(), app.request_context(environ):
        answer: Response = app.full_dispatch_request()
        return answer


def _page(algorithm: Algorithm, answer: Response, body: str, content_type: str) -> Response:
    page = make_response(algorithm_page(algorithm, _ran(answer, body, content_type)), answer.status_code)
    page.headers.extend([(name, value) for name in _TOLD for value in answer.headers.getlist(name)])
    return page


def _ran(answer: Response, body: str, content_type: str) -> Ran:
    said: dict[str, Any] = json.loads(answer.get_data())
    status = HTTPStatus(answer.status_code)
    pretty = json.dumps(said, indent=2, ensure_ascii=False)
    return Ran(f"{status} {status.phrase}", said.get("detail", ""), pretty, body, content_type, status == HTTPStatus.OK)


def _too_large() -> Response:
    said = {"title": "Too large", "detail": f"Send at most {body_limit()} bytes."}
    return Response(json.dumps(said), 413, mimetype="application/problem+json")


def _comes_from_elsewhere() -> bool:
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None:
        return site not in _OUR_OWN
    return origin is not None and _host_of(origin) != _host_of(f"//{request.host}")


def _host_of(address: str) -> str | None:
    """Return the host's name; a proxy may change scheme and port."""
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None
