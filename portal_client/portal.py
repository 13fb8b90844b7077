"""The portal, asked over connections that are kept: from threads, or from an event loop.

A question is sent once. Only where a kept connection turns out to have been closed, and not a byte of an answer has
come, it is sent a second time: the portal was restarted meanwhile, or tired of waiting. Whatever else goes wrong is for
the caller to answer with a 503. No redirect is followed, and no proxy, cookie jar or `.netrc` of the environment used.
"""

import asyncio
import logging
import os
import ssl
import threading
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx

log = logging.getLogger("portal_client")

VERIFY = "/api/v1/verify"
TIMEOUT_SECONDS = 2.0
CONNECTIONS = 100
_KEPT_SECONDS = 60.0
_CLOSED = (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError)
_NO_ANSWER = "Server disconnected"  # what httpx says of a connection that ended without one


class Unreachable(Exception):
    """The portal did not answer, or not in time."""


class Where(NamedTuple):
    """How the portal is reached; `timeout` is in seconds."""

    url: str
    service_token: str
    timeout: float = TIMEOUT_SECONDS
    connections: int = CONNECTIONS
    tls: ssl.SSLContext | None = None

    def __repr__(self) -> str:
        return f"<Where {self.url}>"  # never the token

    def check(self) -> "Where":
        """Return this, with its address as it is used.

        Raises:
            ValueError: it cannot be one, or there is no token.

        """
        parts = urlsplit(self.url)
        if (
            parts.scheme not in {"http", "https"}
            or not parts.hostname
            or parts.query
            or parts.fragment
            or parts.username
        ):
            raise ValueError("url must be the portal's address, such as https://keys.example.org")
        if not self.service_token.strip():
            raise ValueError("service_token must be the portal's service token; it is empty.")
        return self._replace(url=self.url.rstrip("/"), service_token=self.service_token.strip())

    def options(self) -> dict[str, Any]:
        """Return the options of httpx's client."""
        limits = httpx.Limits(
            max_connections=self.connections, max_keepalive_connections=self.connections, keepalive_expiry=_KEPT_SECONDS
        )
        return {
            "base_url": self.url, "headers": self._headers(), "timeout": httpx.Timeout(self.timeout), "limits": limits,
            "follow_redirects": False, "trust_env": False, "verify": True if self.tls is None else self.tls,
        }  # fmt: skip

    def _headers(self) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self.service_token}", "Content-Type": "application/json",
            "Accept": "application/json", "User-Agent": "portal-client",
        }  # fmt: skip


class _Wire:
    """What happened to one question on its way."""

    def __init__(self) -> None:
        self._is_new = False
        self._is_answered = False

    def note(self, event: str, _info: object) -> None:
        """Take note of an event of httpx's."""
        if event.startswith("connection.connect_"):
            self._is_new = True
        elif event == "http11.receive_response_headers.complete":
            self._is_answered = True

    async def anote(self, event: str, info: object) -> None:
        """Take note, for a client in an event loop."""
        self.note(event, info)

    def was_stale(self, error: httpx.HTTPError) -> bool:
        """Return whether it went into a kept connection that was closed, and into nothing else."""
        if self._is_new or self._is_answered:
            return False
        return not isinstance(error, httpx.RemoteProtocolError) or str(error).startswith(_NO_ANSWER)


class Portal:
    """The portal, asked from threads. After a fork the child has connections of its own."""

    def __init__(self, where: Where) -> None:
        self._where = where.check()
        self._lock = threading.Lock()
        self._client: httpx.Client | None = None
        self._process = 0

    def ask(self, body: bytes) -> httpx.Response:
        """Return the reply to a question.

        Raises:
            Unreachable: there is none; each of connecting, sending and waiting may take the timeout.

        """
        client, wire = self._of_this_process(), _Wire()
        try:
            try:
                return self._send(client, body, wire)
            except _CLOSED as error:
                if not wire.was_stale(error):
                    raise
            return self._send(client, body, _Wire())
        except httpx.HTTPError as error:
            raise Unreachable(type(error).__name__) from None

    def _send(self, client: httpx.Client, body: bytes, wire: _Wire) -> httpx.Response:
        return client.post(VERIFY, content=body, extensions={"trace": wire.note})

    def _of_this_process(self) -> httpx.Client:
        with self._lock:
            if self._client is None or self._process != os.getpid():
                self._client, self._process = httpx.Client(**self._where.options()), os.getpid()
            return self._client

    def close(self) -> None:
        """Close the connections."""
        with self._lock:
            if self._client is not None and self._process == os.getpid():
                self._client.close()
            self._client = None


class AsyncPortal:
    """The portal, asked from an event loop of asyncio's; in another loop it has other connections."""

    def __init__(self, where: Where) -> None:
        self._where = where.check()
        self._client: httpx.AsyncClient | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def ask(self, body: bytes) -> httpx.Response:
        """Return the reply to a question.

        Raises:
            Unreachable: there is none within the timeout.

        """
        try:
            async with asyncio.timeout(self._where.timeout):
                return await self._send_or_again(self._of_this_loop(), body)
        except (httpx.HTTPError, TimeoutError) as error:
            raise Unreachable(type(error).__name__) from None

    async def _send_or_again(self, client: httpx.AsyncClient, body: bytes) -> httpx.Response:
        wire = _Wire()
        try:
            return await self._send(client, body, wire)
        except _CLOSED as error:
            if not wire.was_stale(error):
                raise
        return await self._send(client, body, _Wire())

    async def _send(self, client: httpx.AsyncClient, body: bytes, wire: _Wire) -> httpx.Response:
        return await client.post(VERIFY, content=body, extensions={"trace": wire.anote})

    def _of_this_loop(self) -> httpx.AsyncClient:
        loop = asyncio.get_running_loop()
        if self._client is None or self._loop is not loop:
            self._client, self._loop = httpx.AsyncClient(**self._where.options()), loop
        return self._client

    async def close(self) -> None:
        """Close the connections of this loop."""
        if self._client is not None and self._loop is asyncio.get_running_loop():
            await self._client.aclose()
        self._client = None
