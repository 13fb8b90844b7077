"""Where a request may carry its key, and how it is read from there.

    X-API-Key: K        apikey: K        MC-Api-Key: K
    Authorization: Bearer K        Authorization: Simple K        Authorization: K
    Authorization: Basic base64("apikey:K")

`secret-token:K` (RFC 8959) stands for K everywhere. Names of headers and schemes may be in any letter case.

A dedicated header beats `Authorization`, because a proxy or a `.netrc` may fill that one in unasked; an empty header
counts as none. Two different keys of the same rank are `ambiguous`. Everything else that an `Authorization` header can
hold, another Basic user among it, is `malformed`: a password that was meant for somewhere else is never looked up as a
key. A key in the query of an address is found too, so that it can be refused. Nothing here raises, whatever was sent.
"""

import base64
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote_plus

from portal.keys.token import PATTERN, is_well_formed
from portal.policy.reasons import Reason

BASIC_USER = "apikey"
FORWARDED_ADDRESSES = ("HTTP_X_ORIGINAL_URI", "HTTP_X_FORWARDED_URI")

_LONGEST = 1024  # several times a key in base64; what is longer need not be decoded to be refused
_BLANKS = " \t"
_URI_SCHEME = "secret-token:"


class KeyInUrl(NamedTuple):
    """A key that stood in the query of the request's address, where logs and histories keep it."""

    token: str

    def __repr__(self) -> str:
        return "<KeyInUrl>"  # never the key


Carried = str | Reason | KeyInUrl


def carried_key(environ: Mapping[str, Any]) -> Carried:
    """Return the text that the request of this WSGI environ carries as its key, or why there is none."""
    query = environ.get("QUERY_STRING")
    return (_in_query(query) if query else None) or _in_headers(environ)


def forwarded_key(environ: Mapping[str, Any]) -> Carried:
    """Return the same of a request that a proxy asks about, whose address it forwards, whoever that proxy is."""
    for header in FORWARDED_ADDRESSES:
        address = environ.get(header)
        if address and "?" in address:
            found = _in_query(address.partition("?")[2])
            if found:
                return found
    return carried_key(environ)


def bearer_token(environ: Mapping[str, Any]) -> str | None:
    """Return what follows `Bearer` in the request's `Authorization` header, or None."""
    scheme, text = _split(environ.get("HTTP_AUTHORIZATION") or "")
    return text if scheme == "bearer" and text else None


def _in_query(query: str | None) -> KeyInUrl | None:
    if not query or ("_" not in query and "%" not in query):
        return None
    keys = (match.group() for match in PATTERN.finditer(unquote_plus(query)))
    return next((KeyInUrl(key) for key in keys if is_well_formed(key)), None)


def _in_headers(environ: Mapping[str, Any]) -> str | Reason:
    get = environ.get
    first, second, third = get("HTTP_X_API_KEY"), get("HTTP_APIKEY"), get("HTTP_MC_API_KEY")
    if first or second or third:
        dedicated = [value for value in (first, second, third) if value]
        if len(dedicated) == 1 and "," not in dedicated[0] and (text := _plain(dedicated[0])):
            return _bounded(text)
        texts = {text for value in dedicated for part in value.split(",") if (text := _plain(part))}
        if texts:
            return _only(texts)
    value = get("HTTP_AUTHORIZATION") or ""
    if value.startswith("Bearer ") and value[7:].isidentifier():
        return _bounded(value[7:])  # nearly every request has this or a dedicated header
    return _from_authorization(value)


def _from_authorization(value: str) -> str | Reason:
    """Read every credential of the header: one that was sent twice arrives as one, joined by commas."""
    if "," not in value:
        return _from_credential(value) if value.strip(_BLANKS) else Reason.MISSING
    found = {_from_credential(part) for part in value.split(",") if part.strip(_BLANKS)}
    if not found:
        return Reason.MISSING
    fault = next((reason for reason in (Reason.MALFORMED, Reason.MISSING) if reason in found), None)
    return _only(found) if fault is None else fault


def _from_credential(value: str) -> str | Reason:
    scheme, text = _split(value)
    if scheme in {"bearer", "simple"}:
        return _bounded(_plain(text)) if text else Reason.MISSING  # somebody's variable is not set
    if scheme == "basic":
        return _from_basic(text)
    bare = _plain(value)
    return bare if is_well_formed(bare) else Reason.MALFORMED


def _from_basic(text: str) -> str | Reason:
    if len(text) > _LONGEST:
        return Reason.MALFORMED
    try:
        user, _, password = base64.b64decode(text, validate=True).decode("ascii").partition(":")
    except ValueError:
        return Reason.MALFORMED
    return _bounded(_plain(password)) if user == BASIC_USER else Reason.MALFORMED


def _split(value: str) -> tuple[str, str]:
    scheme, _, text = value.strip(_BLANKS).partition(" ")
    return scheme.lower(), text.strip(_BLANKS)


def _plain(text: str) -> str:
    text = text.strip(_BLANKS)
    is_uri = ":" in text and text[: len(_URI_SCHEME)].lower() == _URI_SCHEME
    return text[len(_URI_SCHEME) :] if is_uri else text


def _only(texts: set[str]) -> str | Reason:
    return _bounded(texts.pop()) if len(texts) == 1 else Reason.AMBIGUOUS


def _bounded(text: str) -> str | Reason:
    return text if 0 < len(text) <= _LONGEST else Reason.MALFORMED
