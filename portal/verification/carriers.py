"""Where a request may carry its key, and how it is read from there.

    X-API-Key: K
    Authorization: Bearer K
    Authorization: Basic base64("apikey:K")

A dedicated header beats `Authorization`, because a proxy or a site may need that one for itself; an empty header
counts as none. Everything else that an `Authorization` header can hold, another Basic user among it, is `malformed`:
a password that was meant for somewhere else is never looked up as a key. Nothing here raises, whatever was sent.
"""

import base64
from collections.abc import Mapping
from typing import Any

from portal.policy.reasons import Reason

BASIC_USER = "apikey"
DEDICATED_HEADERS = ("HTTP_X_API_KEY",)

_LONGEST = 1024  # several times a key in base64; what is longer need not be decoded to be refused
_BLANKS = " \t"


def carried_key(environ: Mapping[str, Any]) -> str | Reason:
    """Return the text that the request of this WSGI environ carries as its key, or why there is none."""
    for header in DEDICATED_HEADERS:
        value = environ.get(header)
        if value and (text := value.strip(_BLANKS)):
            return _bounded(text)
    return _from_authorization(environ.get("HTTP_AUTHORIZATION") or "")


def bearer_token(environ: Mapping[str, Any]) -> str | None:
    """Return what follows `Bearer` in the request's `Authorization` header, or None."""
    scheme, text = _split(environ.get("HTTP_AUTHORIZATION") or "")
    return text if scheme == "bearer" and text else None


def _from_authorization(value: str) -> str | Reason:
    scheme, text = _split(value)
    if not scheme:
        return Reason.MISSING
    if scheme == "bearer":
        return _bounded(text)
    return _from_basic(text) if scheme == "basic" else Reason.MALFORMED


def _from_basic(text: str) -> str | Reason:
    if len(text) > _LONGEST:
        return Reason.MALFORMED
    try:
        user, _, password = base64.b64decode(text, validate=True).decode("ascii").partition(":")
    except ValueError:
        return Reason.MALFORMED
    return _bounded(password) if user == BASIC_USER else Reason.MALFORMED


def _split(value: str) -> tuple[str, str]:
    scheme, _, text = value.strip(_BLANKS).partition(" ")
    return scheme.lower(), text.strip(_BLANKS)


def _bounded(text: str) -> str | Reason:
    return text if 0 < len(text) <= _LONGEST else Reason.MALFORMED
