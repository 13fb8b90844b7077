"""Requests that another site made a browser send. The token in each form stops them; this is the second bolt.

Browsers say where a request comes from and let no page change it: `Sec-Fetch-Site` over https and on loopback, `Origin`
elsewhere too. A program that says neither is let through to the token.
"""

import logging

from flask import Flask, request
from werkzeug.exceptions import Forbidden

from portal.web.paths import split
from portal.web.portal import portal

_SAFE = {"GET", "HEAD", "OPTIONS", "TRACE"}
_OUR_OWN = {"same-origin", "none"}  # none: the person's own doing, such as a reload
_LOGGED = 200  # characters
_log = logging.getLogger("portal.errors")


class CrossSite(Forbidden):
    """Another site made the browser send this."""


def init_app(app: Flask) -> None:
    """Refuse such requests before anything acts on them."""
    app.before_request(_refuse)


def _refuse() -> None:
    if request.method not in _SAFE and _comes_from_elsewhere():
        origin = request.headers.get("Origin", "")[:_LOGGED]
        _log.warning("A form from %r was refused; if that is this portal, set PORTAL_PUBLIC_URL.", origin)
        raise CrossSite


def _comes_from_elsewhere() -> bool:
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site in _OUR_OWN:
        return False
    return site == "cross-site" or (origin is not None and not _is_ours(origin))


def _is_ours(origin: str) -> bool:
    """Return whether `origin` is the site's, or has the host of the request; a proxy may change scheme and port."""
    host = split(f"//{request.headers.get('Host', '')}").hostname
    return origin.lower() == _origin_of(portal().settings.site_url) or (
        host is not None and split(origin).hostname == host
    )


def _origin_of(address: str) -> str:
    """Return scheme and host as a browser writes them: in small letters, without the scheme's own port."""
    parts = split(address.lower())
    port = {"http": ":80", "https": ":443"}.get(parts.scheme, "")
    return f"{parts.scheme}://{parts.netloc.removesuffix(port)}"
