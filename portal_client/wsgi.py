"""Guards a WSGI app on any machine.

app.wsgi_app = PortalMiddleware(app.wsgi_app, url="https://keys.example.org", service_token="…")
"""

import logging
import ssl
from collections.abc import Callable, Collection, Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from portal_client.carriers import NoKey, carried_key
from portal_client.portal import CONNECTIONS, TIMEOUT_SECONDS, Portal, Unreachable, Where
from portal_client.question import Needs, question
from portal_client.refusal import UNAVAILABLE, Answer, Headers, refusal
from portal_client.verdict import Passed, verdict_of

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger("portal_client")

KEY = "portal.key"
_IDENTITY = "HTTP_X_AUTH_"


def _nothing(_environ: "WSGIEnvironment") -> Needs:
    return Needs()


class PortalMiddleware:
    """Lets a request into `app` when the portal says that its key is good; `environ["portal.key"]` says whose.

    `needs` says what a request needs of the key, `exempt` names the paths that are open to everybody, letter by
    letter. Without the portal's clear yes, within `timeout` seconds, the answer is a refusal or a 503.
    """

    def __init__(
        self,
        app: "WSGIApplication",
        *,
        url: str,
        service_token: str,
        needs: "Callable[[WSGIEnvironment], Needs]" = _nothing,
        exempt: Collection[str] = (),
        timeout: float = TIMEOUT_SECONDS,
        connections: int = CONNECTIONS,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._app = app
        self._needs = needs
        self._exempt = frozenset(exempt)
        self._portal = Portal(Where(url, service_token, timeout, connections, tls))

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request, or let the app do so."""
        for name in [name for name in environ if name.startswith(_IDENTITY) or name == KEY]:
            del environ[name]  # only the portal says who somebody is
        if environ.get("PATH_INFO") in self._exempt:
            return self._app(environ, start_response)
        verdict = self._verdict(environ)
        if isinstance(verdict, Answer):
            start_response(f"{verdict.status} {HTTPStatus(verdict.status).phrase}", list(verdict.headers))
            return [] if environ["REQUEST_METHOD"] == "HEAD" else [verdict.body]
        environ[KEY] = verdict.key
        return self._app(environ, _telling(verdict.headers, start_response) if verdict.headers else start_response)

    def close(self) -> None:
        """Close the connections to the portal."""
        self._portal.close()

    def _verdict(self, environ: "WSGIEnvironment") -> Passed | Answer:
        key = carried_key(environ)
        if isinstance(key, NoKey):
            return refusal(key, environ)
        body = question(key, environ, self._needs(environ))
        try:
            return verdict_of(self._portal.ask(body), environ)
        except Unreachable as error:
            log.error("The portal did not answer: %s", error)  # noqa: TRY400
            return UNAVAILABLE


def _telling(headers: Headers, start_response: "StartResponse") -> Any:
    """Return a `start_response` that adds these headers to what the app answers."""

    def start(status: str, own: list[tuple[str, str]], *error: Any) -> Any:
        return start_response(status, [*own, *headers], *error)

    return start
