"""When a question is sent a second time, and what the ASGI middleware says where no server of ours would ask it to."""

import json
import logging
import os
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from portal.keys.token import mint
from portal_client import wsgi
from portal_client.asgi import PortalMiddleware
from portal_client.portal import AsyncPortal, Portal, Unreachable, Where
from tests.support import in_a_thread

YES = {"allowed": True, "user": "a@example.org", "user_id": 7, "key": {"id": "ptl_x", "name": "n", "kind": "standard"}}
BODY = json.dumps(YES).encode()
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY)
CUT = ANSWER[:-5]
MOVED = b"HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:1/api/v1/verify\r\nContent-Length: 0\r\n\r\n"


class Scripted:
    """A server that answers each connection's requests as its script says, and then closes the connection."""

    def __init__(self, *connections: list[bytes | None]) -> None:
        self.seen: list[bytes] = []
        self._script = iter(connections)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        for answers in self._script:
            connection, _peer = self._listener.accept()
            with connection:
                connection.settimeout(5)
                for answer in answers:
                    self.seen.append(self._request(connection))
                    if answer is not None:
                        connection.sendall(answer)

    def _request(self, connection: socket.socket) -> bytes:
        read = b""
        while b"\r\n\r\n" not in read:
            read += connection.recv(65536)
        head, _, body = read.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        while len(body) < length:
            body += connection.recv(65536)
        return head + b"\r\n\r\n" + body

    def close(self) -> None:
        self._thread.join(10)
        self._listener.close()


@pytest.fixture
def serve() -> Iterator[Callable[..., Scripted]]:
    servers: list[Scripted] = []

    def make(*connections: list[bytes | None]) -> Scripted:
        servers.append(Scripted(*connections))
        return servers[-1]

    yield make
    for server in servers:
        server.close()


def ask_in_threads(url: str, times: int, **options: Any) -> list[int | str]:
    portal = Portal(Where(url, "token", **options))
    answers: list[int | str] = []
    for _ in range(times):
        try:
            answers.append(portal.ask(b"{}").status_code)
        except Unreachable as error:
            answers.append(str(error))
    portal.close()
    return answers


def ask_in_a_loop(url: str, times: int, **options: Any) -> list[int | str]:
    async def ask() -> list[int | str]:
        portal = AsyncPortal(Where(url, "token", **options))
        answers: list[int | str] = []
        for _ in range(times):
            try:
                answers.append((await portal.ask(b"{}")).status_code)
            except Unreachable as error:
                answers.append(str(error))
        await portal.close()
        return answers

    return in_a_thread.run(ask())


both = pytest.mark.parametrize("ask", [ask_in_threads, ask_in_a_loop])


@both
def test_a_connection_is_kept(serve: Callable[..., Scripted], ask: Callable[..., list[Any]]) -> None:
    server = serve([ANSWER] * 5)
    assert ask(server.url, 5) == [200] * 5


@both
def test_a_kept_connection_that_closes_without_a_byte_is_tried_again_once(
    serve: Callable[..., Scripted], ask: Callable[..., list[Any]]
) -> None:
    server = serve([ANSWER, None], [ANSWER])
    assert ask(server.url, 2) == [200, 200]
    assert len(server.seen) == 3


@both
def test_what_fails_the_second_time_too_is_given_up(
    serve: Callable[..., Scripted], ask: Callable[..., list[Any]]
) -> None:
    server = serve([ANSWER, None], [None])
    assert ask(server.url, 2) == [200, "RemoteProtocolError"]
    assert len(server.seen) == 3


@both
def test_a_new_connection_is_not_tried_again(serve: Callable[..., Scripted], ask: Callable[..., list[Any]]) -> None:
    server = serve([None])
    assert ask(server.url, 1) == ["RemoteProtocolError"]
    assert len(server.seen) == 1


@both
@pytest.mark.parametrize("answer", [CUT, b"nonsense\r\n\r\n"])
def test_an_answer_that_has_begun_is_not_asked_for_again(
    serve: Callable[..., Scripted], ask: Callable[..., list[Any]], answer: bytes
) -> None:
    server = serve([ANSWER, answer])
    assert ask(server.url, 2) == [200, "RemoteProtocolError"]
    assert len(server.seen) == 2


@both
def test_a_redirect_is_not_followed(serve: Callable[..., Scripted], ask: Callable[..., list[Any]]) -> None:
    server = serve([MOVED])
    assert ask(server.url, 1) == [307]


@both
def test_a_proxy_of_the_environment_is_not_used(
    serve: Callable[..., Scripted], ask: Callable[..., list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    server = serve([ANSWER])
    assert ask(server.url, 1) == [200]
    assert server.seen[0].startswith(b"POST /api/v1/verify HTTP/1.1\r\n")


def test_a_child_process_has_connections_of_its_own(serve: Callable[..., Scripted]) -> None:
    server = serve([ANSWER], [ANSWER])
    portal = Portal(Where(server.url, "token"))
    first = portal._of_this_process()
    assert portal.ask(b"{}").status_code == 200
    portal._process = os.getpid() + 1  # as it is after a fork
    assert portal._of_this_process() is not first
    assert portal.ask(b"{}").status_code == 200
    first.close()
    portal.close()


async def passed_on(scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "seen", "scope": scope})


async def nothing_more() -> dict[str, str]:
    return {"type": "websocket.connect"}


def call(scope: dict[str, Any], url: str = "http://127.0.0.1:1") -> list[dict[str, Any]]:
    """Return what is sent when the middleware is called as a server calls it."""
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def go() -> None:
        guarded = PortalMiddleware(passed_on, url=url, service_token="token", exempt=("/open",))
        await guarded(scope, nothing_more, send)
        await guarded.close()

    in_a_thread.run(go())
    return sent


def scope_of(kind: str = "http", *headers: tuple[bytes, bytes], **more: Any) -> dict[str, Any]:
    return {"type": kind, "path": "/", "headers": list(headers), "query_string": b"", "method": "GET", **more}


def test_a_web_socket_is_closed_where_the_server_can_send_no_answer() -> None:
    assert call(scope_of("websocket")) == [{"type": "websocket.close", "code": 4401, "reason": "missing"}]
    (closed,) = call(scope_of("websocket", (b"x-api-key", str(mint("ptl")).encode())))
    assert (closed["code"], closed["reason"]) == (4503, "unavailable")


def test_a_key_that_came_in_two_headers_of_one_name_is_ambiguous() -> None:
    start, _body = call(scope_of("http", (b"X-API-Key", b"a"), (b"x-api-key", b"b")))
    assert (start["status"], (b"x-auth-reason", b"ambiguous") in start["headers"]) == (400, True)


def test_a_connection_of_an_unknown_kind_reaches_nobody() -> None:
    with pytest.raises(RuntimeError, match="cannot be verified"):
        call(scope_of("webtransport"))


def test_the_life_of_the_app_is_its_own() -> None:
    scope = {"type": "lifespan", "state": {"a": 1}}
    assert call(scope) == [{"type": "seen", "scope": scope}]


def test_identity_is_in_a_copy_of_the_state_that_only_this_request_sees(serve: Callable[..., Scripted]) -> None:
    state = {"pool": "shared"}
    scope = scope_of("http", (b"x-api-key", b"k"), (b"X-Auth-User", b"root"), (b"x_auth_user", b"root"), state=state)
    (seen,) = call(scope, serve([ANSWER]).url)
    assert seen["scope"]["state"]["portal_key"].id == "ptl_x"
    assert seen["scope"]["state"]["pool"] == "shared"
    assert seen["scope"]["headers"] == [(b"x-api-key", b"k")]
    assert (state, len(scope["headers"])) == ({"pool": "shared"}, 3)


def test_an_identity_in_the_state_of_a_server_is_not_believed() -> None:
    (seen,) = call(scope_of(path="/open", state={"portal_key": "root"}))
    assert "portal_key" not in seen["scope"]["state"]


def test_a_path_is_exempt_below_the_root_of_the_app() -> None:
    assert call(scope_of(path="/v1/open", root_path="/v1"))[0]["type"] == "seen"
    assert call(scope_of(path="/v2/open", root_path="/v1"))[0]["status"] == 401


def test_the_log_shows_neither_key_nor_service_token_nor_answer(
    serve: Callable[..., Scripted], caplog: pytest.LogCaptureFixture
) -> None:
    token = str(mint("ptl"))
    body = json.dumps({"allowed": "perhaps", "key": token}).encode()
    server = serve([b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)])
    with caplog.at_level(logging.DEBUG):
        start, _body = call(scope_of("http", (b"x-api-key", token.encode())), server.url)
    assert start["status"] == 503
    assert "was not understood" in caplog.text
    assert token[-36:] not in caplog.text
    assert "Bearer token" not in caplog.text


def test_needs_that_cannot_be_told_let_nobody_in() -> None:
    def no_needs(_request: Any) -> Any:
        raise KeyError("PATH_INFO")

    scope = scope_of("http", (b"x-api-key", b"k"))
    guarded = PortalMiddleware(passed_on, url="http://127.0.0.1:1", service_token="token", needs=no_needs)
    with pytest.raises(KeyError):
        in_a_thread.run(guarded(scope, nothing_more, pytest.fail))
    on_wsgi = wsgi.PortalMiddleware(pytest.fail, url="http://127.0.0.1:1", service_token="token", needs=no_needs)
    with pytest.raises(KeyError):
        on_wsgi({"REQUEST_METHOD": "GET", "PATH_INFO": "/", "HTTP_X_API_KEY": "k"}, pytest.fail)


def test_every_failure_of_httpx_is_one_of_those_that_are_caught() -> None:
    assert issubclass(httpx.PoolTimeout, httpx.HTTPError)
    assert issubclass(httpx.DecodingError, httpx.HTTPError)
