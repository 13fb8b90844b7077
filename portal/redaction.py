"""Takes secrets out of text that is written down, and what would steer whoever reads it.

Struck out are tokens (plain, percent-encoded, in Base64, or the beginning of one), and whatever stands where a secret
belongs: after `Authorization:`, in a cookie, an invitation's link, a field called password, the address of a database.
"""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from portal.keys.token import PATTERN

SECRET = "[secret]"  # noqa: S105
API_KEY = "[API key]"

# Half a secret. It has a digit or a capital letter: `portal_connection_refused` is no token.
_HALF = re.compile(r"([a-z][a-z0-9]{1,15}_[0-9A-Za-z]{10})_(?=[a-z]*[0-9A-Z])[0-9A-Za-z]{8,}")
_ENCODED = re.compile(r"[0-9A-Za-z_]*%[0-9A-Za-z_%]{40,}")
_BASE64 = re.compile(r"[0-9A-Za-z+/_-]{56,}={0,2}")
_SEPARATOR = r"(?:\\?[\"']?\s*[:=]\s*(?:b?\\?[\"'])?|\\?[\"']\s*,\s*b?\\?[\"'])"
_NAMES = (
    r"(?:(?:[a-z]+[_-])?(?:password|passwd|passphrase)(?:[_-][a-z]+)?|x-api-key|mc-api-key|api_?key|secret"
    r"|(?:access|service|metrics|csrf|refresh)_?token)"
)
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(rf"(\b(?:proxy-)?authorization{_SEPARATOR})[^\r\n\"'\\]+", re.IGNORECASE), rf"\1{SECRET}"),
    (re.compile(rf"(\b(?:http_)?(?:set-)?cookie{_SEPARATOR})[^\r\n\"'\\]+", re.IGNORECASE), rf"\1{SECRET}"),
    (re.compile(r"(\b(?:bearer|basic)\s+)(?=\S*[0-9+/=_])[^\s\"',\\]{8,}", re.IGNORECASE), rf"\1{SECRET}"),
    (re.compile(rf"((?<![\w-]){_NAMES}{_SEPARATOR})[^\s\"'&,;\\)\]}}]+", re.IGNORECASE), rf"\1{SECRET}"),
    (re.compile(r"([?&](?:code|state|key|token|auth|sid|session)=)[^&\s\"'\\]+", re.IGNORECASE), rf"\1{SECRET}"),
    (re.compile(r"(/invitations/)[^/\s\"'?&\\]+"), rf"\1{SECRET}"),
    (re.compile(r"((?:__Host-)?portal_[a-z]+=)[^\s;,\"'\\]+"), rf"\1{SECRET}"),
    (re.compile(r"([a-z][a-z0-9+.]*://[^\s/:@\"']*:)[^\s/@\"']+@"), rf"\1{SECRET}@"),
)
_SECRET_FIELD = re.compile(rf"(?:{_NAMES}|(?:proxy-)?authorization|(?:set-)?cookie|token)", re.IGNORECASE)

# What steers a terminal (C0 and C1, but for tab and line end) or turns the direction of its text.
_STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def redact(text: str) -> str:
    """Return `text` without secrets. Of a token the public id stays, where it is written plainly."""
    text = PATTERN.sub(_but_its_public_id, text)
    text = _HALF.sub(rf"\1_{SECRET}", text)
    if "%" in text:
        text = _ENCODED.sub(_unless_harmless(_decoded_percents), text)
    text = _BASE64.sub(_unless_harmless(_decoded_base64), text)
    for pattern, instead in _RULES:
        text = pattern.sub(instead, text)
    return text


def redact_all(value: Any) -> Any:
    """Return a value of a log line without secrets, made of what JSON knows; a field's name may say that it is one."""
    if isinstance(value, str):
        return redact(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {
            redact(str(name)): SECRET if _SECRET_FIELD.fullmatch(str(name)) else redact_all(inner)
            for name, inner in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [redact_all(inner) for inner in value]
    return redact(str(value))


def harmless(text: str) -> str:
    """Return `text` with what steers a terminal spelled out: U+009B becomes a backslash and `x9b`."""
    return _STEERING.sub(lambda found: found.group().encode("unicode_escape").decode(), text)


def one_line(text: str) -> str:
    """Return `text` harmless and on one line: nobody writes a line of their own into a log."""
    return harmless(text).replace("\n", "\\n").replace("\t", "\\t")


def _but_its_public_id(found: re.Match[str]) -> str:
    return f"{found.group().rpartition('_')[0]}_{SECRET}"


def _unless_harmless(decode: Callable[[str], str]) -> Callable[[re.Match[str]], str]:
    return lambda found: API_KEY if PATTERN.search(decode(found.group())) else found.group()


def _decoded_percents(text: str) -> str:
    for _ in range(3):  # encoded twice, as an address within an address is
        text = unquote(text)
    return text


def _decoded_base64(text: str) -> str:
    text = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4)).decode("latin-1")
    except binascii.Error:
        return ""
