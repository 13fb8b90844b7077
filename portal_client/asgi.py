"""Guards an ASGI app on any machine, its web sockets too.

app.add_middleware(PortalMiddleware, url="https://keys.example.org", service_token="…")
"""

import logging
import ssl
from collections.abc import Awaitable, Callable, Collection, Mapping, MutableMapping
from typing import Any

from portal_client.carriers import HEADERS, NoKey, carried_key
from portal_client.portal import CONNECTIONS, TIMEOUT_SECONDS, AsyncPortal, Unreachable, Where
from portal_client.question import Needs, question
from portal_client.refusal import UNAVAILABLE, Answer, Headers, refusal
from portal_client.verdict import Passed, verdict_of

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

log = logging.getLogger("portal_client")

KEY = "portal_key"
_READ = frozenset({*HEADERS, "origin", "referer", "user-agent", "accept", "sec-fetch-mode"})
_BEGINNINGS = {"http.response.start", "websocket.accept"}
_ENDS = {"lifespan.shutdown.complete", "lifespan.shutdown.failed"}
_DENIAL = "websocket.http.response"


def _nothing(_scope: Scope) -> Needs:
    return Needs()


class PortalMiddleware:
    """Lets a request into `app` when the portal says that its key is good; `scope["state"]["portal_key"]` says whose.

    `needs` says what a request needs of the key, `exempt` names the paths that are open to everybody, letter by
    letter. Without the portal's clear yes, within `timeout` seconds, the answer is a refusal or a 503; a web socket is
    closed before it opens, with 4000 and the status as its code where the server cannot send an answer.
    """

    def __init__(
        self,
        app: App,
        *,
        url: str,
        service_token: str,
        needs: Callable[[Scope], Needs] = _nothing,
        exempt: Collection[str] = (),
        timeout: float = TIMEOUT_SECONDS,
        connections: int = CONNECTIONS,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._app = app
        self._needs = needs
        self._exempt = frozenset(exempt)
        self._portal = AsyncPortal(Where(url, service_token, timeout, connections, tls))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or let the app do so."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, self._closing(send))
            return
        if scope["type"] not in {"http", "websocket"}:
            raise RuntimeError(f"A connection of the kind {scope['type']} cannot be verified.")
        scope = _without_identity(scope)
        if _path(scope) in self._exempt:
            await self._app(scope, receive, send)
            return
        verdict = await self._verdict(scope)
        if isinstance(verdict, Answer):
            await _deny(verdict, scope, receive, send)
            return
        scope["state"][KEY] = verdict.key
        await self._app(scope, receive, _telling(verdict.headers, send) if verdict.headers else send)

    async def close(self) -> None:
        """Close the connections to the portal; the end of the app's life does so too."""
        await self._portal.close()

    def _closing(self, send: Send) -> Send:
        """Return a `send` that closes the connections before it says that the app has ended; no server waits after."""

        async def tell(message: Message) -> None:
            if message["type"] in _ENDS:
                await self.close()
            await send(message)

        return tell

    async def _verdict(self, scope: Scope) -> Passed | Answer:
        environ = _environ_of(scope)
        key = carried_key(environ)
        if isinstance(key, NoKey):
            return refusal(key, environ)
        body = question(key, environ, self._needs(scope))
        try:
            return verdict_of(await self._portal.ask(body), environ)
        except Unreachable as error:
            log.error("The portal did not answer: %s", error)  # noqa: TRY400
            return UNAVAILABLE


def _without_identity(scope: Scope) -> Scope:
    """Return a copy of the scope without what only the portal may say; its state is this request's alone."""
    headers = [
        (name, value) for name, value in scope["headers"] if not name.lower().replace(b"_", b"-").startswith(b"x-auth-")
    ]
    state = {name: value for name, value in (scope.get("state") or {}).items() if name != KEY}
    return {**scope, "headers": headers, "state": state}


def _path(scope: Scope) -> str:
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


def _environ_of(scope: Scope) -> Mapping[str, Any]:
    """Return what is read of the request as WSGI has it; values of one header are joined by commas."""
    values: dict[str, list[str]] = {}
    for name, value in scope["headers"]:
        if (known := name.decode("latin-1").lower()) in _READ:
            values.setdefault(known, []).append(value.decode("latin-1"))
    environ = {f"HTTP_{name.upper().replace('-', '_')}": ",".join(several) for name, several in values.items()}
    query: bytes = scope.get("query_string") or b""
    client = scope.get("client")
    return environ | {"QUERY_STRING": query.decode("latin-1"), "REMOTE_ADDR": client[0] if client else ""}


async def _deny(answer: Answer, scope: Scope, receive: Receive, send: Send) -> None:
    kind = "http.response"
    if scope["type"] == "websocket":
        await receive()  # that it wants to connect
        if _DENIAL not in (scope.get("extensions") or {}):
            await send({"type": "websocket.close", "code": 4000 + answer.status, "reason": answer.reason})
            return
        kind = _DENIAL
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
    await send({"type": f"{kind}.start", "status": answer.status, "headers": headers})
    await send({"type": f"{kind}.body", "body": b"" if scope.get("method") == "HEAD" else answer.body})


def _telling(headers: Headers, send: Send) -> Send:
    """Return a `send` that adds these headers to what the app answers."""
    told = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]

    async def tell(message: Message) -> None:
        if message["type"] in _BEGINNINGS:
            message = {**message, "headers": [*(message.get("headers") or ()), *told]}
        await send(message)

    return tell
