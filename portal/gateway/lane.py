"""The verification lane: a callable in front of Flask that says whether a request may pass.

    GET  /auth             for a reverse proxy, about the request it is holding
    ANY  /auth/its/path    the same for Envoy, where PORTAL_PROXY_KIND says so
    POST /api/v1/verify    for a protected API, about a request it describes
    POST /oauth/introspect the same as OAuth libraries ask it
    GET  /healthz          for whoever watches this process; likewise /readyz and /metrics

It loads neither Flask nor SQLAlchemy. Whatever goes wrong in it, nothing is let in.
"""

import hmac
import logging
from collections.abc import Callable, Iterable, Mapping
from time import perf_counter
from typing import TYPE_CHECKING, Any

from portal.client_ip import Proxies
from portal.config import ProxyKind, Settings
from portal.data_folder import DataFolder
from portal.gateway import introspect, meters, problem, watch, wire
from portal.gateway.faults import Faults
from portal.gateway.nginx import as_nginx_passes_it
from portal.gateway.opening import open_verifier
from portal.gateway.problem import Answer
from portal.gateway.question import BODY_LIMIT, read_question
from portal.policy.facts import Facts
from portal.request_id import CURRENT, request_id_of
from portal.strict_json import NotUnderstood
from portal.verification.carriers import Carried, bearer_token, forwarded_key
from portal.verification.verdict import Refused, Verdict
from portal.verification.verifier import Verifier

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

log = logging.getLogger(__name__)

VERIFY = "/api/v1/verify"
note_auth = meters.AUTH.note

ROUTES: dict[str, str] = {wire.AUTH: "GET, HEAD", VERIFY: "POST", introspect.PATH: "POST", **watch.ROUTES}
_METERS = {VERIFY: meters.VERIFY, introspect.PATH: meters.INTROSPECT}

# What a request carries as its key, its facts, and how it is told the verdict.
Asked = tuple[Carried, Facts, Callable[[Verdict, Mapping[str, Any]], Answer]]


def open_lane(settings: Settings) -> "Lane":
    """Return the lane of the installation that `settings` describe, with its one verifier of this process.

    Raises:
        CannotStart: the data folder holds no peppers that can be read.

    """
    own_token = settings.service_token and settings.service_token.get_secret_value()
    own_token = own_token or DataFolder(settings.data_dir).service_token()
    return Lane(open_verifier(settings), settings, own_token)


def answers(path: str) -> bool:
    """Return whether the lane, and not Flask, answers `path`."""
    return path in ROUTES or _is_envoys(path)


class Lane:
    """Answers the verification addresses for one installation."""

    def __init__(self, verifier: Verifier, settings: Settings, service_token: str) -> None:
        self._verifier = verifier
        self._trusted = Proxies(settings.trusted_proxies)
        self._proxies_state_needs = settings.forwarded_needs
        self._is_nginx = settings.proxy_kind is ProxyKind.NGINX
        self._is_envoy = settings.proxy_kind is ProxyKind.ENVOY
        self._service_token = service_token.encode()
        self._faults = Faults()
        routes: dict[str, Callable[[WSGIEnvironment], Asked | Answer]] = {
            wire.AUTH: self._auth,
            VERIFY: self._verify,
            introspect.PATH: self._introspect,
            **watch.Watch(settings).routes,
        }
        self._callers = {VERIFY: self._is_from_a_protected_api, introspect.PATH: self._is_from_an_oauth_client}
        self._routes = {(method, path): routes[path] for path in ROUTES for method in ROUTES[path].split(", ")}

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request. Any fault is a 503: fail closed."""
        began = perf_counter()
        try:
            answer = self._answer(environ, began)
        except Exception as error:  # noqa: BLE001
            answer = self.failed(error, environ, began)
        status, headers, body = self.as_proxy_passes_it(answer, environ)
        start_response(status, list(headers))
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    def warm_up(self) -> None:
        """Remember the keys that were used last; what goes wrong here goes wrong again with the first request."""
        try:
            self._verifier.warm_up()
        except Exception as error:  # noqa: BLE001
            log.warning("No key is remembered yet: %s: %s", type(error).__name__, error)

    def asked(self, environ: "WSGIEnvironment") -> Asked | Answer:
        """Return what is to be verified, or the answer where nothing is."""
        if self._is_envoy and _is_envoys(environ["PATH_INFO"]):
            return self._auth(environ)
        path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        route = self._routes.get((method, path))
        if route is not None:
            return route(environ)
        return problem.wrong_method(ROUTES[path]) if path in ROUTES else problem.NOT_FOUND

    def as_proxy_passes_it(self, answer: Answer, environ: "WSGIEnvironment") -> Answer:
        """Return the answer as the kind of proxy that asked passes it on."""
        return as_nginx_passes_it(answer) if self._is_nginx and environ["PATH_INFO"] == wire.AUTH else answer

    def awaits_body(self, environ: "WSGIEnvironment") -> bool:
        """Return whether the body of this request will be read."""
        is_from_one = self._callers.get(environ["PATH_INFO"])
        if is_from_one is None or environ["REQUEST_METHOD"] != "POST":
            return False
        return is_from_one(environ) and _refusal_of_length(environ) is None

    def concluded(self, asked: Asked, verdict: Verdict, environ: "WSGIEnvironment", began: float) -> Answer:
        """Return what tells the verdict, and count it as one that began when `perf_counter()` was `began`."""
        tell = asked[2]
        answer = tell(verdict, environ)
        note = note_auth if tell is wire.forward_auth_answer else _METERS[environ["PATH_INFO"]].note
        seconds = note(verdict.reason if isinstance(verdict, Refused) else None, began)
        if seconds > meters.SLOW_SECONDS:
            meters.complain_of_slowness(request_id_of(environ, self._trusted), seconds)
        return answer

    def failed(self, error: Exception, environ: "WSGIEnvironment", began: float) -> Answer:
        """Return what a fault is answered with, log it and count it."""
        known = CURRENT.set(request_id_of(environ, self._trusted))
        try:
            meters.fail(_METERS.get(environ["PATH_INFO"], meters.AUTH), error, began)
            self._faults.say(error)
            return problem.UNAVAILABLE
        finally:
            CURRENT.reset(known)

    def _answer(self, environ: "WSGIEnvironment", began: float) -> Answer:
        asked = self.asked(environ)
        if isinstance(asked, Answer):
            return asked
        return self.concluded(asked, self._verifier.verify(asked[0], asked[1]), environ, began)

    def _auth(self, environ: "WSGIEnvironment") -> Asked:
        facts = wire.forwarded_facts(
            environ, self._trusted, is_envoy=self._is_envoy, states_needs=self._proxies_state_needs
        )
        return forwarded_key(environ), facts, wire.forward_auth_answer

    def _verify(self, environ: "WSGIEnvironment") -> Asked | Answer:
        if not self._is_from_a_protected_api(environ):
            return problem.WRONG_CALLER
        try:
            question = read_question(_read_body(environ))
        except NotUnderstood as error:
            return problem.problem(error.status, "not-understood", "Not understood", error.detail)
        return question.carried, question.facts, _tell_api

    def _introspect(self, environ: "WSGIEnvironment") -> Asked | Answer:
        if not self._is_from_an_oauth_client(environ):
            return introspect.WRONG_CALLER
        try:
            question = introspect.read_form(environ.get("CONTENT_TYPE") or "", _read_body(environ))
        except NotUnderstood as error:
            return introspect.not_understood(error)
        return question.carried, question.facts, _tell_oauth_client

    def _is_from_a_protected_api(self, environ: "WSGIEnvironment") -> bool:
        sent = bearer_token(environ)
        return sent is not None and self._is_known(sent)

    def _is_from_an_oauth_client(self, environ: "WSGIEnvironment") -> bool:
        return any(self._is_known(sent) for sent in introspect.secrets_sent(environ))

    def _is_known(self, sent: str) -> bool:
        return hmac.compare_digest(sent.encode("utf-8", "replace"), self._service_token)


def _is_envoys(path: str) -> bool:
    """Return whether Envoy asks here: it puts the path of the request behind that of the lane."""
    return path.startswith(f"{wire.AUTH}/")


def _refusal_of_length(environ: "WSGIEnvironment") -> NotUnderstood | None:
    """Return why nothing is read when the length that the request states is none, or far too much."""
    length = environ.get("CONTENT_LENGTH") or ""
    if length and not (length.isascii() and length.isdigit()):
        return NotUnderstood(400, "The header Content-Length must be a number.")
    if len(length) > len(str(BODY_LIMIT)):
        return NotUnderstood(413, f"The body must have at most {BODY_LIMIT} bytes.")
    return None


def _read_body(environ: "WSGIEnvironment") -> bytes:
    """Return the body of the request, read to its end but never further than the limit."""
    refusal = _refusal_of_length(environ)
    if refusal is not None:
        raise refusal
    length = environ.get("CONTENT_LENGTH") or ""
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


def _tell_api(verdict: Verdict, _environ: Mapping[str, Any]) -> Answer:
    return wire.verify_answer(verdict)


def _tell_oauth_client(verdict: Verdict, _environ: Mapping[str, Any]) -> Answer:
    return introspect.introspection_answer(verdict)
