"""Who stops halfway through a body holds nobody else up."""

import socket
from contextlib import ExitStack

import pytest

from tests.server.house import House, fetch

pytestmark = pytest.mark.server

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0"


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    place = tmp_path_factory.mktemp("house")
    house = House(place / "data", place).wait_until_ready()
    yield house
    house.close()


@pytest.fixture
def half_sent():
    """Send so many requests that promise more than comes, and leave them open until the test is over."""
    with ExitStack() as opened:

        def send(port, head, count):
            for _ in range(count):
                connection = opened.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10))
                connection.sendall(f"POST {head}Host: 127.0.0.1\r\nContent-Length: 1000\r\n\r\na=".encode())

        yield send


def test_forty_half_sent_forms_leave_the_pages_open(house, half_sent):
    form = "/sign-in HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    half_sent(house.port, form, 40)

    assert fetch(f"{house.url}/sign-in")[0] == 200
    assert fetch(f"{house.url}/healthz")[0] == 200


def test_half_sent_questions_leave_the_lane_open(house, half_sent):
    half_sent(house.port + 1, f"/api/v1/verify HTTP/1.1\r\nAuthorization: Bearer {house.service_token()}\r\n", 5)

    assert fetch(f"{house.lane_url}/auth")[0] == 401
    status, _answer = fetch(f"{house.lane_url}/api/v1/verify", house.service_token(), {"key": "x"})
    assert status == 200


def test_strangers_with_half_sent_questions_leave_the_lane_open(house, half_sent):
    half_sent(house.port + 1, "/api/v1/verify HTTP/1.1\r\nAuthorization: Bearer nobody\r\n", 20)

    assert fetch(f"{house.lane_url}/auth")[0] == 401


def test_a_lane_that_is_stopped_by_half_sent_questions_is_started_anew(house, half_sent):
    half_sent(house.port + 1, f"/api/v1/verify HTTP/1.1\r\nAuthorization: Bearer {house.service_token()}\r\n", 12)

    house.wait_for(lambda: "does not answer any more" in house.output)
    house.wait_for(lambda: answers(f"{house.lane_url}/auth"))


def answers(url):
    try:
        return fetch(url)[0] == 401
    except OSError:
        return False


@pytest.mark.parametrize("step", [0, 1])
def test_http_2_is_not_spoken(house, step):
    with socket.create_connection(("127.0.0.1", house.port + step), timeout=5) as connection:
        connection.sendall(PREFACE)
        answer = connection.recv(100)

    assert answer == b"" or answer.startswith(b"HTTP/1.1 400")
