"""A request of granian's asynchronous interface, RSGI, as the WSGI environ that the lane reads, and its body.

Only what the lane reads is taken over, so a header whose name has an underscore is not mistaken for the one with a
hyphen. Of a header that was sent several times the values are joined by commas. A value with a byte beyond ASCII is
empty, as it is in granian's WSGI.
"""

from collections.abc import AsyncIterator
from typing import Any, Protocol

from portal.gateway.problem import Headers

HEADERS = (
    "accept", "apikey", "authorization", "mc-api-key", "origin", "referer", "sec-fetch-mode", "user-agent",
    "x-api-key", "x-forwarded-for", "x-forwarded-method", "x-forwarded-uri", "x-original-method", "x-original-uri",
    "x-portal-access", "x-portal-any-key", "x-portal-resource", "x-request-id",
)  # fmt: skip
_LENGTH, _TYPE = "content-length", "content-type"
_VARIABLES = {name: f"HTTP_{name.upper().replace('-', '_')}" for name in HEADERS} | {
    _LENGTH: "CONTENT_LENGTH",
    _TYPE: "CONTENT_TYPE",
}


_CHAIN = _VARIABLES["x-forwarded-for"]


class SentHeaders(Protocol):
    """The headers of a request; names are in small letters, and values beyond ASCII are left out."""

    def keys(self) -> list[str]:
        """Return each name once."""

    def items(self) -> list[tuple[str, str]]:
        """Return every name with its value."""

    def get_all(self, name: str) -> list[str]:
        """Return the values of one name."""

    def __len__(self) -> int: ...


class Scope(Protocol):
    """What granian says of a request."""

    client: str
    method: str
    path: str
    query_string: str
    headers: SentHeaders


class Exchange(Protocol):
    """Where a body comes from and the answer goes to."""

    def __aiter__(self) -> AsyncIterator[bytes]: ...

    def response_bytes(self, status: int, headers: Headers, body: bytes) -> None:
        """Send the answer."""


def environ_of(scope: Scope) -> dict[str, Any]:
    """Return the WSGI environ of the request, as far as the lane reads it; there is no body in it."""
    headers = scope.headers
    items = headers.items()
    sent = dict(items)
    environ: dict[str, Any] = {_VARIABLES[name]: value for name, value in sent.items() if name in _VARIABLES}
    if not len(sent) == len(items) == len(headers):  # one came several times, or is beyond ASCII
        environ |= {_VARIABLES[name]: _joined(name, headers) for name in headers.keys() if name in _VARIABLES}  # noqa: SIM118
        if len(headers) > len(items) and _CHAIN in environ:
            environ[_CHAIN] = ""  # a part of it may be what was lost, and without that it means another client
    environ["REQUEST_METHOD"] = scope.method
    environ["PATH_INFO"] = _bytewise(scope.path)
    environ["QUERY_STRING"] = _bytewise(scope.query_string)
    environ["REMOTE_ADDR"] = scope.client.rpartition(":")[0].strip("[]")
    environ["wsgi.input_terminated"] = True
    return environ


async def read_body(exchange: Exchange, most: int) -> bytes:
    """Return the body, or the beginning of one that is longer than `most` bytes."""
    body = b""
    async for part in exchange:
        body += part
        if len(body) > most:
            break
    return body


def _joined(name: str, headers: SentHeaders) -> str:
    values = headers.get_all(name)
    return ",".join(values[:1] if name in {_LENGTH, _TYPE} else values)


def _bytewise(text: str) -> str:
    """Return text as WSGI has it: the bytes of its UTF-8, one by one, as if they were Latin-1."""
    return text if text.isascii() else text.encode().decode("latin-1")
