"""Under the real server both lanes answer the same request with the same bytes, however odd it is."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from portal.config import ROOT
from portal.data_folder import DataFolder
from tests.gateway.conftest import SERVICE_TOKEN
from tests.postgres.conftest import sqlalchemy_address
from tests.server.house import free_port

pytestmark = pytest.mark.server

APPLICATIONS = {"wsgi": "portal.gateway.application:application", "rsgi": "portal.gateway.application_rsgi:application"}
BEARER = f"Authorization: Bearer {SERVICE_TOKEN}\r\n"
FORM = "Content-Type: application/x-www-form-urlencoded\r\n"


@pytest.fixture(params=["nginx", "envoy"])
def ports(request, folder: DataFolder, engine: object, socket: Any, database: str) -> Iterator[list[int]]:
    """Where the two listen, over the same database."""
    settings = {
        "PORTAL_DATA_DIR": str(folder.path), "PORTAL_DATABASE_URL": sqlalchemy_address(socket, database),
        "PORTAL_SERVICE_TOKEN": SERVICE_TOKEN, "PORTAL_PROXY_KIND": request.param,
        "PORTAL_TRUSTED_PROXIES": "127.0.0.0/8", "PORTAL_FORWARDED_NEEDS": "true",
    }  # fmt: skip
    with ExitStack() as stack:
        ports = []
        for interface, application in APPLICATIONS.items():
            ports.append(free_port())
            command = [sys.executable, "-m", "granian", "--interface", interface, "--port", str(ports[-1])]
            command += ["--http", "1", "--no-ws", "--log-level", "error", application]
            server = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **settings})
            stack.callback(server.wait, 20)
            stack.callback(server.terminate)
        for port in ports:
            wait_until_it_serves(port)
        yield ports


def wait_until_it_serves(port: int) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            if tell(port, b"GET /healthz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").startswith(b"HTTP/1.1 200"):
                return
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def tell(port: int, request: bytes) -> bytes:
    """Send these bytes and return all that comes back, but the date and what counts requests."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request)
        answer = b""
        while part := connection.recv(65_536):
            answer += part
    return re.sub(rb"\r\ndate: [^\r]*", b"", answer)


def requests_with(token: str, other: str) -> list[str]:
    key = f"X-API-Key: {token}\r\n"
    question = f'{{"key": "{token}"}}'
    length = f"Content-Length: {len(question)}\r\n"
    return [
        "GET /auth||",
        f"GET /auth|{key}|",
        f"HEAD /auth|{key}|",
        "HEAD /auth||",
        f"GET /auth|x-api-KEY: {token}\r\n|",
        f"GET /auth|{key}{key}|",
        f"GET /auth|{key}X-API-Key: {other}\r\n|",
        f"GET /auth|X-API-Key: {token}, {other}\r\n|",
        f"GET /auth|Authorization: Bearer {token}\r\nAuthorization: Bearer {token}\r\n|",
        f"GET /auth|Authorization: Bearer {token}\r\nAuthorization: Basic eA==\r\n|",
        f"GET /auth|{key}apikey: {other}\r\n|",
        "GET /auth|Authorization: Bearer \xe9\xe8\r\n|",
        "GET /auth|X-API-Key: \xe9\r\n|",
        f"GET /auth|{key}Origin: \xe9\r\n|",
        f"GET /auth|{key}Origin: https://evil.example\r\n|",
        f"GET /auth|{key}Referer: https://evil.example/x\r\n|",
        f"GET /auth|{key}X-Forwarded-For: \xe9\r\nAccept: a\r\nAccept: b\r\n|",
        f"GET /auth|{key}X-Forwarded-For: 1.2.3.4\r\n|",
        f"GET /auth|{key}X-Portal-Resource: algo://demo/x\r\nX-Portal-Access: write\r\n|",
        f"GET /auth|{key}X-Original-URI: /x?k={token}\r\n|",
        f"GET /auth?api_key={token}||",
        "GET /auth?%E9=\xc3\xa9||",
        "GET /auth|User-Agent: Mozilla/5.0\r\n|",
        "GET /auth|Sec-Fetch-Mode: cors\r\n|",
        "GET /auth|Accept: text/html\r\n|",
        f"GET /auth/a%20b/caf%C3%A9%FF?x=1|{key}|",
        f"PURGE /auth/x|{key}|",
        f"POST /auth|{key}|",
        "get /auth||",
        "GET /nowhere||",
        "GET /auth%00||",
        "GET /%E9||",
        "OPTIONS *||",
        f"GET /auth|{key}Content-Length: 3\r\n|abc",
        f"GET /auth|X-API-Key: {'x' * 5000}\r\n|",
        "GET /auth|Content-Length: 3\r\nContent-Length: 4\r\n|abc",
        f"POST /api/v1/verify|{BEARER}{length}|{question}",
        f"POST /api/v1/verify|{length}|{question}",
        f"POST /api/v1/verify|{key}{length}|{question}",
        f"HEAD /api/v1/verify|{BEARER}|",
        f"POST /api/v1/verify|{BEARER}|",
        f"POST /api/v1/verify|{BEARER}Content-Length: 70000\r\n|{' ' * 70_000}",
        f"POST /api/v1/verify|{BEARER}Content-Length: 1\r\n|{{",
        f"POST /api/v1/verify|{BEARER}{length}Expect: 100-continue\r\n|{question}",
        f"POST /api/v1/verify|{BEARER}Transfer-Encoding: chunked\r\n|{len(question):x}\r\n{question}\r\n0\r\n\r\n",
        f"POST /oauth/introspect|{BEARER}{FORM}Content-Length: {len(token) + 6}\r\n|token={token}",
        f"POST /oauth/introspect|{BEARER}Content-Length: {len(token) + 6}\r\n|token={token}",
        f"POST /oauth/introspect|{FORM}Content-Length: {len(token) + 6}\r\n|token={token}",
        f"POST /oauth/introspect|{BEARER}{FORM}|",
        f"POST /oauth/introspect|{BEARER}{FORM}Content-Length: 70000\r\n|{' ' * 70_000}",
        "GET /oauth/introspect||",
        "GET /readyz||",
        "GET /metrics||",
        "POST /healthz||",
    ]


def test_both_answer_alike(ports: list[int], alice: Any, issue: Callable[..., Any]) -> None:
    token, other = (issue(alice, name)[1] for name in ("first \u00e9", "second"))
    for request in requests_with(token, other):
        line, headers, body = request.split("|")
        sent = f"{line} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n{headers}\r\n{body}".encode("latin-1")
        on_wsgi, on_rsgi = (tell(port, sent) for port in ports)
        assert on_wsgi == on_rsgi, request
        assert on_wsgi.startswith(b"HTTP/1.1 "), request
