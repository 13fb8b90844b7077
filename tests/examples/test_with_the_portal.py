"""The sample API as the server serves it: its limits, and what is left after a restart."""

import http.client
import socket
from contextlib import closing

import pytest

from examples.research_api.app import BODY_LIMIT
from tests.server.conftest import start  # noqa: F401  # a fixture

pytestmark = pytest.mark.server

ADA = {"PORTAL_ADMIN_EMAIL": "ada@example.org", "PORTAL_ADMIN_PASSWORD": "tidal orchid ferry lamp"}


def send(house, method, token, path, body=None):
    with closing(http.client.HTTPConnection("127.0.0.1", house.port, timeout=10)) as connection:
        connection.request(method, f"/sample/v1/data/{path}", body, {"X-API-Key": token})
        answer = connection.getresponse()
        return answer.status, answer.read()


def put(house, token, path, body):
    return send(house, "PUT", token, path, body)[0]


def get(house, token, path):
    return send(house, "GET", token, path)


def test_files_go_to_their_limit_through_two_processes_and_outlast_a_restart(start):  # noqa: F811
    house = start(PORTAL_WORKERS="2", **ADA).wait_until_ready()
    token = house.flask("keys", "issue", "ada@example.org", "--name", "data", "--data", "write")
    whole, longer = b"a" * BODY_LIMIT, b"a" * (BODY_LIMIT + 1)
    assert [put(house, token, "whole", body) for body in (whole, longer)] == [201, 413]
    house.stop()

    again = start(house.folder, PORTAL_WORKERS="2", **ADA).wait_until_ready()
    assert {get(again, token, "whole") for _ in range(8)} == {(200, whole)}
    assert get(again, token, "sample/hello.txt") == (200, b"Every account sees this file.\n")


@pytest.mark.parametrize(
    ("header", "body"),
    [
        ("Content-Length: 100", b"half"),
        ("Transfer-Encoding: chunked", b"4\r\nhalf\r\n"),
        ("Content-Length: 65536", b"x" * 65535),
    ],
)
def test_a_body_that_is_cut_is_not_stored(start, header, body):  # noqa: F811
    house = start(**ADA).wait_until_ready()
    token = house.flask("keys", "issue", "ada@example.org", "--name", "data", "--data", "write")
    with socket.create_connection(("127.0.0.1", house.port), timeout=10) as connection:
        head = f"PUT /sample/v1/data/cut HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {token}\r\n{header}\r\n\r\n"
        connection.sendall(head.encode() + body)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(4096):
            pass
    assert get(house, token, "cut")[0] == 404
