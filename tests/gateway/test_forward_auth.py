from collections.abc import Callable
from ipaddress import ip_network
from typing import Any
from urllib.parse import unquote

import pytest

from portal.accounts.models import Person
from portal.gateway.lane import Lane
from portal.usage.recorder import UsageRecorder
from tests.gateway.conftest import ask, basic

Alter = Callable[[str], None]
Issue = Callable[..., tuple[Any, str]]
Stored = Callable[[str], list[Any]]


@pytest.mark.parametrize("carrier", ["bearer", "basic", "header"])
def test_a_good_key_is_answered_with_who_it_is(lane: Lane, alice: Person, issue: Issue, carrier: str) -> None:
    key, token = issue(alice, "notebook")
    headers = {
        "bearer": {"authorization": f"Bearer {token}"},
        "basic": {"authorization": basic(f"apikey:{token}")},
        "header": {"x_api_key": token},
    }[carrier]
    reply = ask(lane, "GET", "/auth", **headers)
    assert (reply.status, reply.body) == (200, b"")
    assert reply["X-Auth-User"] == alice.email
    assert reply["X-Auth-Key-Id"] == key.public_id
    assert reply["X-Auth-Key-Name"] == "notebook"
    assert reply["Cache-Control"] == "no-store"
    assert token not in repr(reply)


@pytest.mark.parametrize("name", ["caf\u00e9 \U0001f511", "100% mine", "a %41 b"])
def test_a_name_that_no_header_can_carry_is_percent_encoded(lane: Lane, alice: Person, issue: Issue, name: str) -> None:
    _, token = issue(alice, name)
    carried = ask(lane, "GET", "/auth", x_api_key=token)["X-Auth-Key-Name"]
    assert carried.isascii()
    assert unquote(carried) == name


def test_a_request_without_a_key_is_challenged_without_an_error_code(lane: Lane) -> None:
    reply = ask(lane, "GET", "/auth")
    assert (reply.status, reply["X-Auth-Reason"]) == (401, "missing")
    assert reply["WWW-Authenticate"] == 'Bearer realm="API key", Basic realm="API key", charset="UTF-8"'


def test_a_refusal_is_a_problem_with_its_reason(lane: Lane, alter: Alter, alice: Person, issue: Issue) -> None:
    _, token = issue(alice)
    alter("UPDATE key SET revoked_at = 1")
    reply = ask(lane, "GET", "/auth", x_api_key=token)
    assert (reply.status, reply["X-Auth-Reason"]) == (401, "revoked")
    assert reply["Content-Type"] == "application/problem+json"
    assert reply["Cache-Control"] == "no-store"
    assert reply["WWW-Authenticate"].startswith('Bearer realm="API key", error="invalid_token", error_description="')
    assert reply.json == {
        "type": "urn:problem-type:revoked", "title": "API key revoked", "status": 401, "reason": "revoked",
        "detail": "This key was revoked for good. Generate another one.",
    }  # fmt: skip


@pytest.mark.parametrize(
    "headers", [{"user_agent": "Mozilla/5.0 (X11)"}, {"sec_fetch_mode": "cors"}, {"accept": "text/html,*/*"}]
)
def test_a_browser_is_never_made_to_put_up_its_own_dialog(lane: Lane, headers: dict[str, str]) -> None:
    assert "Basic" not in ask(lane, "GET", "/auth", **headers)["WWW-Authenticate"]


def test_head_is_get_without_a_body(lane: Lane) -> None:
    get, head = (ask(lane, method, "/auth") for method in ("GET", "HEAD"))
    assert (head.status, head.headers, head.body) == (get.status, get.headers, b"")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "get"])
def test_another_method_is_a_405_that_names_those_that_work(lane: Lane, method: str) -> None:
    reply = ask(lane, method, "/auth")
    assert (reply.status, reply["Allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize(
    ("peer", "row"),
    [
        ("10.0.0.1", ("198.51.100.9", "DELETE", "/things")),
        ("192.0.2.7", ("192.0.2.7", None, None)),  # nobody made this peer a proxy, so it is not believed
    ],
)
def test_what_a_proxy_forwards_is_believed_only_from_a_trusted_one(
    make_lane: Callable[..., Lane], recorder: UsageRecorder, stored: Stored, alice: Person, issue: Issue,
    peer: str, row: tuple[str | None, ...],
) -> None:  # fmt: skip
    _, token = issue(alice)
    lane = make_lane(trusted_proxies=(ip_network("10.0.0.0/8"),))
    ask(
        lane, "GET", "/auth", REMOTE_ADDR=peer, x_api_key=token, x_forwarded_for="203.0.113.1, 198.51.100.9",
        x_forwarded_method="DELETE", x_forwarded_uri="/things?secret=1",
    )  # fmt: skip
    recorder.flush()
    assert stored("SELECT address, method, resource FROM access") == [row]


HOSTILE = ["Bearer x=y", "ab=cd", "Basic !!!", "Basic \xe9", "Bearer \xe9\xe8", "Bearer " + "x" * 65536]


@pytest.mark.parametrize("value", [*HOSTILE, "Bearer a\r\nX-Injected: 1", "\x00"])
def test_a_hostile_header_is_a_401_with_a_sentence(lane: Lane, value: str) -> None:
    for headers in ({"authorization": value}, {"x_api_key": value}):
        reply = ask(lane, "GET", "/auth", **headers)
        assert (reply.status, reply["X-Auth-Reason"]) == (401, "malformed")
        assert reply.json["detail"].endswith(".")
