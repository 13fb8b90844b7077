"""A request whose body was cut on the way is refused: nobody acts on half of it."""

import json
import socket

import pytest

from tests.server.house import House

pytestmark = pytest.mark.server


def answer_to_half(port: int, head: str, body: str) -> str:
    """Send `body` under a length that promises more, hang up our side, and return what comes back."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(f"{head}Content-Length: {len(body) + 12}\r\n\r\n{body}".encode())
        connection.shutdown(socket.SHUT_WR)
        return connection.recv(65536).decode(errors="replace").partition("\r\n")[0]


def test_a_cut_form_and_a_cut_question_are_not_acted_on(start):
    house: House = start().wait_until_ready()
    token = (house.folder / "secrets" / "service_token").read_text()
    form = "POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    question = f"POST /api/v1/verify HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"

    assert not answer_to_half(house.port, form, "email=a&password=b").startswith(("HTTP/1.1 2", "HTTP/1.1 3"))
    whole_in_itself = json.dumps({"key": "x"})
    for port in (house.port, house.port + 1):
        assert not answer_to_half(port, question, whole_in_itself).startswith("HTTP/1.1 200")
