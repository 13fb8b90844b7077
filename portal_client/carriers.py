"""Where a request may carry its key: the same places, and read by the same rules, as the portal reads them itself.

    X-API-Key: K        apikey: K        MC-Api-Key: K
    Authorization: Bearer K        Authorization: Simple K        Authorization: K
    Authorization: Basic base64("apikey:K")

`secret-token:K` stands for K everywhere. A dedicated header beats `Authorization`. What cannot be read as a key is
refused here and never sent anywhere: it may be a password for something else.
"""

import base64
from collections.abc import Mapping
from enum import StrEnum
from typing import Any
from urllib.parse import unquote_plus

from portal_client.token import PATTERN, is_key

HEADERS = ("x-api-key", "apikey", "mc-api-key", "authorization")

_DEDICATED = ("HTTP_X_API_KEY", "HTTP_APIKEY", "HTTP_MC_API_KEY")
_BASIC_USER = "apikey"
_LONGEST = 1024
_BLANKS = " \t"
_URI_SCHEME = "secret-token:"


class NoKey(StrEnum):
    """Why a request carries no key that could be asked about."""

    KEY_IN_URL = "key-in-url"
    AMBIGUOUS = "ambiguous"
    MISSING = "missing"
    MALFORMED = "malformed"


def carried_key(environ: Mapping[str, Any]) -> str | NoKey:
    """Return the text that the request of this WSGI environ carries as its key, or why there is none."""
    return NoKey.KEY_IN_URL if _is_in_query(environ.get("QUERY_STRING") or "") else _in_headers(environ)


def _is_in_query(query: str) -> bool:
    if "_" not in query and "%" not in query:
        return False
    return any(is_key(match.group()) for match in PATTERN.finditer(unquote_plus(query)))


def _in_headers(environ: Mapping[str, Any]) -> str | NoKey:
    values = [value for header in _DEDICATED if (value := environ.get(header))]
    texts = {text for value in values for part in value.split(",") if (text := _plain(part))}
    return _only(texts) if texts else _from_authorization(environ.get("HTTP_AUTHORIZATION") or "")


def _from_authorization(value: str) -> str | NoKey:
    """Read every credential of the header: one that was sent twice arrives as one, joined by commas."""
    found = {_from_credential(part) for part in value.split(",") if part.strip(_BLANKS)}
    if not found:
        return NoKey.MISSING
    fault = next((reason for reason in (NoKey.MALFORMED, NoKey.MISSING) if reason in found), None)
    return _only(found) if fault is None else fault


def _from_credential(value: str) -> str | NoKey:
    scheme, _, text = value.strip(_BLANKS).partition(" ")
    scheme, text = scheme.lower(), text.strip(_BLANKS)
    if scheme in {"bearer", "simple"}:
        return _bounded(_plain(text)) if text else NoKey.MISSING
    if scheme == "basic":
        return _from_basic(text)
    bare = _plain(value)
    return bare if is_key(bare) else NoKey.MALFORMED


def _from_basic(text: str) -> str | NoKey:
    if len(text) > _LONGEST:
        return NoKey.MALFORMED
    try:
        user, _, password = base64.b64decode(text, validate=True).decode("ascii").partition(":")
    except ValueError:
        return NoKey.MALFORMED
    return _bounded(_plain(password)) if user == _BASIC_USER else NoKey.MALFORMED


def _plain(text: str) -> str:
    text = text.strip(_BLANKS)
    return text[len(_URI_SCHEME) :] if text[: len(_URI_SCHEME)].lower() == _URI_SCHEME else text


def _only(texts: set[str]) -> str | NoKey:
    return _bounded(texts.pop()) if len(texts) == 1 else NoKey.AMBIGUOUS


def _bounded(text: str) -> str | NoKey:
    return text if 0 < len(text) <= _LONGEST else NoKey.MALFORMED
