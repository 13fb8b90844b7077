"""The portal on PostgreSQL as it is really served: its lane in an event loop of granian's."""

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from tests.postgres.conftest import sqlalchemy_address
from tests.server.house import House, fetch

pytestmark = pytest.mark.server

LANE = "portal.gateway.application_rsgi:application"


@pytest.fixture(scope="module")
def house(socket: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A portal with a key, on a database of its own."""
    with psycopg.connect(f"host={socket} user=portal dbname=postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE served")
    place = tmp_path_factory.mktemp("house")
    house = House(place / "data", place, PORTAL_DATABASE_URL=sqlalchemy_address(socket, "served"))
    yield house.wait_until_ready()
    house.close()


@pytest.fixture(scope="module")
def token(house: House) -> str:
    return house.flask("keys", "issue", "admin@example.org", "--name", "ci")


def status(house: House, token: str | None) -> int:
    return fetch(f"{house.lane_url}/auth", token)[0]


def test_its_lane_is_the_one_that_looks_up_by_batches(house, token):
    assert len(house.children(LANE)) == 2  # granian and its worker
    assert status(house, token) == 200
    assert status(house, None) == 401
    assert fetch(f"{house.lane_url}/api/v1/verify", house.service_token(), {"key": token})[0] == 200


def test_healthz_readyz_and_metrics_are_answered(house):
    assert fetch(f"{house.lane_url}/healthz") == (200, b"ok")
    assert fetch(f"{house.lane_url}/readyz")[0] == 200
    assert fetch(f"{house.lane_url}/metrics")[0] == 401


def test_half_sent_questions_hold_nobody_up_and_are_ended(house, token):
    head = f"POST /api/v1/verify HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {house.service_token()}\r\n"
    with ExitStack() as stack:
        opened = [
            stack.enter_context(socket.create_connection(("127.0.0.1", house.port + 1), timeout=15)) for _ in range(40)
        ]
        for connection in opened:
            connection.sendall(f"{head}Content-Length: 1000\r\n\r\na=".encode())

        assert status(house, token) == 200
        assert fetch(f"{house.lane_url}/api/v1/verify", house.service_token(), {"key": token})[0] == 200
        assert {connection.recv(100).split(b"\r\n")[0] for connection in opened} == {b"HTTP/1.1 408 Request Timeout"}


def test_a_lane_that_is_killed_comes_back(house, token):
    before = house.children(LANE)
    os.kill(before[-1], signal.SIGKILL)
    house.wait_for(lambda: set(house.children(LANE)) - set(before) and answers(house, token))


def answers(house: House, token: str) -> bool:
    try:
        return status(house, token) == 200
    except OSError:
        return False


def test_nothing_that_was_answered_is_lost_on_sigterm(house, token, socket):
    let_in: list[int] = []

    def call_until_it_is_gone() -> None:
        while answers(house, token):
            let_in.append(1)

    before = recorded(socket)
    callers = [threading.Thread(target=call_until_it_is_gone) for _ in range(3)]
    for caller in callers:
        caller.start()
    time.sleep(0.7)
    assert house.stop() == 0
    for caller in callers:
        caller.join()

    assert len(let_in) > 10
    assert 0 <= recorded(socket) - before - len(let_in) <= len(callers)  # at most one answer each was lost on its way
    assert house.output.count("Traceback") == 0


def recorded(folder: Path) -> int:
    time.sleep(1.5)  # what is recorded is stored once a second
    with psycopg.connect(f"host={folder} user=portal dbname=served") as connection:
        (calls,) = connection.execute("SELECT coalesce(sum(calls), 0) FROM access WHERE reason IS NULL").fetchone()
    return int(calls)
