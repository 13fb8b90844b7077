"""The long-lived cookie that names a browser in which someone has signed in before, so that a stranger's guesses at
their password do not lock them out. It is signed, and it signs nobody in.
"""

from flask import Response, current_app, request
from itsdangerous import BadSignature, URLSafeSerializer

from portal.web.portal import portal

_KEEP_SECONDS = 365 * 24 * 3600


def known_browser() -> str | None:
    """Return the name of this browser, or None when it has none or the cookie was tampered with."""
    try:
        name = _signer().loads(request.cookies.get(_cookie(), ""))
    except BadSignature:
        return None
    return name if isinstance(name, str) else None


def make_known(answer: Response, name: str) -> None:
    """Keep `name` in this browser."""
    answer.set_cookie(
        _cookie(), str(_signer().dumps(name)), max_age=_KEEP_SECONDS, path="/",
        secure=portal().settings.is_https, httponly=True, samesite="Lax",
    )  # fmt: skip


def _cookie() -> str:
    return "__Host-portal_browser" if portal().settings.is_https else "portal_browser"


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt="known-browser")
