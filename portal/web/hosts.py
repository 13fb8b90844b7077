"""By which names the portal may be called: the `Host` of a request, looked at before anything makes use of it.

Where `PORTAL_PUBLIC_URL` is set, that name alone counts, and loopback, by which health checks come. Where it is not
set, every name is taken that is one.
"""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask, abort, request

from portal.config import Settings
from portal.web.paths import split

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

LOOPBACK = ("localhost", "127.0.0.1", "::1")

_LONGEST = 261  # a name of 253 characters, brackets, and a port
_LABEL = r"[a-z0-9_-]{1,63}"  # an underscore is no letter of a host name, but container networks have such names
_HOST = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})*\.?|\[[0-9a-f:.]+\])(?::[0-9]{{1,5}})?", re.ASCII | re.IGNORECASE)
_REFUSED = "portal.host_refused"


class HostGate:
    """Lets a request with a hostile `Host` in under a plain name, marked, so that it gets a proper 400."""

    def __init__(self, rest: "WSGIApplication", settings: Settings) -> None:
        self._rest = rest
        self._trusted = trusted_hosts(settings)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request; one without a `Host`, as HTTP/1.0 has it, is called by no name at all."""
        host = environ.get("HTTP_HOST")
        if host is not None and not may_be_called(host, self._trusted):
            environ |= {"HTTP_HOST": LOOPBACK[0], _REFUSED: True}
        return self._rest(environ, start_response)


def init_app(app: Flask) -> None:
    """Put the gate in front of the app, and refuse what it marked."""
    settings: Settings = app.extensions["portal"].settings
    app.wsgi_app = HostGate(app.wsgi_app, settings)  # type: ignore[method-assign]
    app.before_request(_refuse)


def trusted_hosts(settings: Settings) -> tuple[str, ...]:
    """Return the names by which the portal may be called, without ports; none when any will do."""
    name = split(settings.public_url).hostname
    return (name.rstrip(".").encode("idna").decode(), *LOOPBACK) if name else ()


def may_be_called(host: str, trusted: tuple[str, ...]) -> bool:
    """Return whether `host`, as a request has it, is a name or address, and one of `trusted` if there are any."""
    if len(host) > _LONGEST or not _HOST.fullmatch(host):
        return False
    name = split(f"//{host}").hostname
    return name is not None and (not trusted or name.rstrip(".") in trusted)


def _refuse() -> None:
    if _REFUSED in request.environ:
        abort(400)
