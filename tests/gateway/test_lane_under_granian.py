"""The lane as it is really served: a granian process of its own."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPException
from typing import Any

import pytest

from portal.accounts.models import Person
from portal.config import ROOT
from portal.data_folder import DataFolder

pytestmark = pytest.mark.server

Ask = Callable[..., Any]


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def server(folder: DataFolder, engine: object, port: int) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port), "--blocking-threads", "2"]
    server = subprocess.Popen(
        [*command, "portal.gateway.application:application"],
        cwd=ROOT, env={**os.environ, "PORTAL_DATA_DIR": str(folder.path), "PORTAL_PROXY_KIND": "envoy"},
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_until_it_serves(port)
        yield server
    finally:
        server.terminate()
        server.wait(timeout=20)


def wait_until_it_serves(port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            if get(port, "/healthz").status == 200:
                return
        except OSError:
            time.sleep(0.05)
    pytest.fail("the lane does not serve")


def get(port: int, path: str, method: str = "GET", **headers: str) -> Any:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path, headers=headers)
    reply = connection.getresponse()
    reply.read()
    connection.close()
    return reply


def test_nothing_that_was_answered_is_lost_on_sigterm(
    server: subprocess.Popen[bytes], port: int, folder: DataFolder, alice: Person, issue: Callable[..., Any]
) -> None:
    _, token = issue(alice)
    let_in: list[int] = []

    def call_until_it_is_gone() -> None:
        try:
            while get(port, "/auth", **{"X-API-Key": token}).status == 200:
                let_in.append(1)
        except (OSError, HTTPException):
            return

    callers = [threading.Thread(target=call_until_it_is_gone) for _ in range(3)]
    for caller in callers:
        caller.start()
    time.sleep(0.5)  # shorter than the time between two flushes
    server.send_signal(signal.SIGTERM)
    assert server.wait(timeout=20) == 0
    for caller in callers:
        caller.join()
    with sqlite3.connect(folder.database) as stored:
        (recorded,) = stored.execute("SELECT sum(calls) FROM access WHERE reason IS NULL").fetchone()
        assert stored.execute("SELECT count(*) FROM key_last_used WHERE used").fetchone() == (1,)
    assert len(let_in) > 10
    assert len(let_in) <= recorded <= len(let_in) + len(callers)  # at most one answer each was lost on its way


def test_a_refusal_keeps_both_challenges_on_the_wire(server: object, port: int) -> None:
    reply = get(port, "/auth")
    assert reply.status == 401
    assert [value.split()[0] for value in reply.headers.get_all("WWW-Authenticate")] == ["Bearer", "Basic"]


def test_head_has_the_length_and_no_body(server: object, port: int) -> None:
    reply = get(port, "/healthz", method="HEAD")
    assert (reply.status, reply.headers.get_all("Content-Length")) == (200, ["2"])


def test_a_header_of_64_kilobytes_is_refused_and_the_next_request_is_answered(server: object, port: int) -> None:
    assert get(port, "/auth", **{"X-API-Key": "x" * 65536}).status in {400, 401, 431}
    assert get(port, "/healthz").status == 200


@pytest.mark.parametrize("method", ["GET", "POST", "PURGE"])
def test_envoys_question_has_a_path_of_its_own(server: object, port: int, method: str) -> None:
    reply = get(port, "/auth/things/../a%20b?x=1", method)
    assert (reply.status, reply.headers["X-Auth-Reason"]) == (401, "missing")
