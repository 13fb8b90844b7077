"""The verification lane: a callable in front of Flask that says whether a request may pass.

    GET  /auth             for a reverse proxy, about the request it is holding
    ANY  /auth/its/path    the same for Envoy, where PORTAL_PROXY_KIND says so
    POST /api/v1/verify    for a protected API, about a request it describes
    GET  /healthz          for whoever watches this process

It loads neither Flask nor SQLAlchemy. Whatever goes wrong in it, nothing is let in.
"""

import hmac
import logging
import traceback
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from portal.config import ProxyKind, Settings
from portal.data_folder import DataFolder
from portal.errors import Unavailable
from portal.gateway import problem, wire
from portal.gateway.nginx import as_nginx_passes_it
from portal.gateway.opening import open_verifier
from portal.gateway.problem import Answer
from portal.gateway.question import BODY_LIMIT, read_question
from portal.strict_json import NotUnderstood
from portal.verification.carriers import bearer_token, forwarded_key
from portal.verification.verifier import Verifier

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

log = logging.getLogger(__name__)

ROUTES = {"/auth": "GET, HEAD", "/api/v1/verify": "POST", "/healthz": "GET, HEAD"}


def open_lane(settings: Settings) -> "Lane":
    """Return the lane of the installation that `settings` describe, with its one verifier of this process.

    Raises:
        CannotStart: the data folder holds no peppers that can be read.

    """
    own_token = settings.service_token and settings.service_token.get_secret_value()
    return Lane(open_verifier(settings), settings, own_token or DataFolder(settings.data_dir).service_token())


def answers(path: str) -> bool:
    """Return whether the lane, and not Flask, answers `path`."""
    return path in ROUTES or _is_envoys(path)


class Lane:
    """Answers the verification addresses for one installation."""

    def __init__(self, verifier: Verifier, settings: Settings, service_token: str) -> None:
        self._verifier = verifier
        self._trusted = settings.trusted_proxies
        self._proxies_state_needs = settings.forwarded_needs
        self._is_nginx = settings.proxy_kind is ProxyKind.NGINX
        self._is_envoy = settings.proxy_kind is ProxyKind.ENVOY
        self._service_token = service_token.encode()
        self._routes: dict[str, Callable[[WSGIEnvironment], Answer]] = {
            "/auth": self._auth,
            "/api/v1/verify": self._verify,
            "/healthz": lambda _environ: problem.HEALTHY,
        }

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request. Any fault is a 503: fail closed."""
        try:
            answer = self._answer(environ)
        except Unavailable as error:
            log.error("A key could not be verified: %s", error)  # noqa: TRY400  # the message says all there is
            answer = problem.UNAVAILABLE
        except Exception as error:  # noqa: BLE001
            _log_fault(error)
            answer = problem.UNAVAILABLE
        if self._is_nginx and environ["PATH_INFO"] == wire.AUTH:
            answer = as_nginx_passes_it(answer)
        start_response(answer.status, list(answer.headers))
        return [] if environ.get("REQUEST_METHOD") == "HEAD" else [answer.body]

    def _answer(self, environ: "WSGIEnvironment") -> Answer:
        if self._is_envoy and _is_envoys(environ["PATH_INFO"]):
            return self._auth(environ)
        route = self._routes.get(environ["PATH_INFO"])
        if route is None:
            return problem.NOT_FOUND
        allowed = ROUTES[environ["PATH_INFO"]]
        return route(environ) if environ["REQUEST_METHOD"] in allowed.split(", ") else problem.wrong_method(allowed)

    def _auth(self, environ: "WSGIEnvironment") -> Answer:
        facts = wire.forwarded_facts(
            environ, self._trusted, is_envoy=self._is_envoy, states_needs=self._proxies_state_needs
        )
        return wire.forward_auth_answer(self._verifier.verify(forwarded_key(environ), facts), environ)

    def _verify(self, environ: "WSGIEnvironment") -> Answer:
        if not self._is_from_a_protected_api(environ):
            return problem.WRONG_CALLER
        try:
            question = read_question(_read_body(environ))
        except NotUnderstood as error:
            return problem.problem(error.status, "not-understood", "Not understood", error.detail)
        return wire.verify_answer(self._verifier.verify(question.carried, question.facts))

    def _is_from_a_protected_api(self, environ: "WSGIEnvironment") -> bool:
        sent = bearer_token(environ)
        return sent is not None and hmac.compare_digest(sent.encode("utf-8", "replace"), self._service_token)


def _is_envoys(path: str) -> bool:
    """Return whether Envoy asks here: it puts the path of the request behind that of the lane."""
    return path.startswith(f"{wire.AUTH}/")


def _read_body(environ: "WSGIEnvironment") -> bytes:
    """Return the body of the request, read to its end but never further than the limit."""
    length = environ.get("CONTENT_LENGTH") or ""
    if length and not (length.isascii() and length.isdigit()):
        raise NotUnderstood(400, "The header Content-Length must be a number.")
    if len(length) > len(str(BODY_LIMIT)):
        raise NotUnderstood(413, f"The body must have at most {BODY_LIMIT} bytes.")
    most = BODY_LIMIT + 1
    if length:
        most = min(int(length), most)
    elif not environ.get("wsgi.input_terminated"):
        most = 0
    body: bytes = environ["wsgi.input"].read(most) if most else b""
    if len(body) > BODY_LIMIT:
        raise NotUnderstood(413, f"The body must have at most {BODY_LIMIT} bytes.")
    if length and len(body) < int(length):
        raise NotUnderstood(400, "The body ended before the length that the request states.")
    return body


def _log_fault(error: Exception) -> None:
    """Log where it happened and of what kind it is; its message could quote what the request carried."""
    where = "".join(traceback.format_tb(error.__traceback__))
    log.error("A verification failed with %s:\n%s", type(error).__name__, where)
