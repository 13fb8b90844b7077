"""Requests to a real Flask app and a real FastAPI app, verified over the network by the real lane."""

import logging
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from portal import clock
from portal.keys.models import Key
from portal.keys.token import mint
from portal.policy.limits import Rate
from portal.policy.policy import Policy
from portal.site.settings import SiteSettings
from tests.portal_client.conftest import ServedLane, served_fastapi
from tests.server.house import free_port

pytestmark = pytest.mark.server

NEW = SiteSettings().new_policy()
NARROW = Policy.read({"resources": ["algo://demo/*"], "data": "read"})
CALLER = httpx.Client(timeout=10, verify=False, limits=httpx.Limits(max_keepalive_connections=0))
Issue = Callable[..., tuple[Any, str]]


def get(api: str, path: str = "/", token: str | None = None, **headers: str) -> httpx.Response:
    sent = {name.replace("_", "-"): value for name, value in headers.items()} | ({"X-API-Key": token} if token else {})
    return CALLER.get(f"{api}{path}", headers=sent)


def reason(reply: httpx.Response) -> tuple[int, str]:
    return reply.status_code, reply.headers.get("X-Auth-Reason", "")


def revoke(session: Any, key: Any) -> None:
    session.execute(update(Key).where(Key.id == key.id).values(revoked_at=clock.now()))
    session.commit()


def test_a_good_key_reaches_the_app_and_the_app_knows_it(api: str, alice: Any, issue: Issue) -> None:
    key, token = issue(alice, "caf\u00e9")
    reply = get(api, "/things", token)
    assert reply.status_code == 200
    assert reply.json()["key"] == {
        "id": key.public_id, "name": "caf\u00e9", "kind": "standard", "user": alice.email, "user_id": alice.id,
    }  # fmt: skip
    assert httpx.get(f"{api}/", auth=("apikey", token)).status_code == 200
    assert get(api, Authorization=f"Bearer {token}").status_code == 200


def test_a_request_without_a_key_is_refused_as_the_portal_refuses_it(api: str, lane: ServedLane) -> None:
    reply, portals = get(api), httpx.get(f"{lane.url}/auth", headers={"User-Agent": "x"})
    assert reason(reply) == (401, "missing")
    assert reply.content == portals.content
    names = ("Content-Type", "Cache-Control", "X-Auth-Reason")
    assert [reply.headers[name] for name in names] == [portals.headers[name] for name in names]
    assert [value.split()[0] for value in reply.headers.get_list("WWW-Authenticate")] == ["Bearer", "Basic"]


def test_a_key_that_was_revoked_is_refused_from_the_next_request_on(
    api: str, alice: Any, issue: Issue, session: Any
) -> None:
    key, token = issue(alice)
    assert get(api, token=token).status_code == 200
    revoke(session, key)
    assert reason(get(api, token=token)) == (401, "revoked")
    assert reason(get(api, token=str(mint("ptl")))) == (401, "unknown")
    assert reason(get(api, token="x=y")) == (401, "malformed")


def test_the_app_says_what_its_requests_need(api: str, alice: Any, issue: Issue) -> None:
    _, token = issue(alice, policy=NARROW)
    assert reason(get(api, "/", token)) == (403, "resource-not-allowed")
    assert [get(api, path, token).status_code for path in ("/any", "/hello", "/read")] == [200] * 3
    refused = get(api, "/write", token)
    assert reason(refused) == (403, "data-access-denied")
    assert refused.json()["missing_right"] == "write"


def test_the_callers_address_and_page_are_judged(api: str, alice: Any, issue: Issue) -> None:
    rules = NEW.plain()
    _, elsewhere = issue(alice, "elsewhere", policy=Policy.read({**rules, "networks": ["198.51.100.0/24"]}))
    _, here = issue(alice, "here", policy=Policy.read({**rules, "networks": ["127.0.0.0/8"]}))
    assert reason(get(api, token=elsewhere)) == (403, "address-not-allowed")
    assert reason(get(api, token=elsewhere, X_Forwarded_For="198.51.100.7")) == (403, "address-not-allowed")
    assert get(api, token=here).status_code == 200
    assert reason(get(api, token=here, Origin="https://elsewhere.example")) == (403, "origin-not-allowed")


def test_a_caller_is_told_of_its_limits_and_when_to_come_again(api: str, alice: Any, issue: Issue) -> None:
    _, token = issue(alice, policy=replace(NEW, rate=Rate.read("2/hour")))
    first = get(api, token=token)
    assert first.headers["RateLimit-Policy"] == '"rate";q=2;w=3600'
    assert first.headers["RateLimit"].startswith('"rate";r=1;')
    assert "Retry-After" not in first.headers
    assert get(api, token=token).status_code == 200
    refused = get(api, token=token)
    assert reason(refused) == (429, "rate-limited")
    assert int(refused.headers["Retry-After"]) > 0
    assert refused.headers["RateLimit"].startswith('"rate";r=0;')


def test_a_key_in_the_address_is_refused_whatever_else_is_sent(api: str, alice: Any, issue: Issue) -> None:
    _, token = issue(alice)
    _, other = issue(alice, "other")
    reply = get(api, f"/?anything={token}", other)
    assert reason(reply) == (400, "key-in-url")
    assert token not in reply.text


def test_forged_identity_never_reaches_the_app(api: str, alice: Any, issue: Issue) -> None:
    _, token = issue(alice)
    forged = {"X_Auth_User": "root@example.org", "X_Auth_Key_Id": "ptl_x", "X_AUTH_USER_ID": "1"}
    for path in ("/", "/healthz"):
        assert get(api, path, token, **forged).json()["identity"] == []
    underscored = httpx.get(f"{api}/healthz", headers={"X_Auth_User": "root@example.org", "portal.key": "x"})
    assert (underscored.json()["identity"], underscored.json()["key"]) == ([], None)


def test_what_is_exempt_is_open_letter_by_letter_and_nothing_beside_it(api: str) -> None:
    assert get(api, "/healthz").json()["key"] is None
    for path in ("/healthz/", "/Healthz", "/healthz/x", "/x/../healthz2", "/healthz%2f", "/healthz//"):
        assert reason(get(api, path)) == (401, "missing")


def test_a_head_request_is_answered_without_a_body(api: str) -> None:
    reply = httpx.head(f"{api}/things")
    assert (reply.status_code, reply.content) == (401, b"")


def test_a_hundred_requests_at_once_are_each_answered_for_their_own_key(api: str, alice: Any, issue: Issue) -> None:
    good = [issue(alice, f"key {number}") for number in range(10)]
    bad = str(mint("ptl"))

    def ask(number: int) -> bool:
        key, token = good[number % 10]
        if number % 4 == 3:
            return reason(get(api, token=bad)) == (401, "unknown")
        return bool(get(api, token=token).json()["key"]["id"] == key.public_id)

    with ThreadPoolExecutor(100) as callers:
        assert list(callers.map(ask, range(100))) == [True] * 100


def test_a_portal_that_is_down_lets_nobody_in(
    serve: Callable[..., str], caplog: pytest.LogCaptureFixture, alice: Any, issue: Issue
) -> None:
    _, token = issue(alice)
    api = serve(f"http://127.0.0.1:{free_port()}")
    with caplog.at_level(logging.DEBUG):
        reply = get(api, token=token)
    assert (reason(reply), reply.headers["Retry-After"]) == ((503, "unavailable"), "1")
    assert "ConnectError" in caplog.text
    assert reason(get(api)) == (401, "missing")
    assert get(api, "/healthz").status_code == 200


def test_a_portal_that_hangs_lets_nobody_in_and_is_not_waited_for(
    api: str, lane: ServedLane, alice: Any, issue: Issue
) -> None:
    _, token = issue(alice)
    assert get(api, token=token).status_code == 200
    with lane.frozen():
        began = time.monotonic()
        reply = get(api, token=token)
        seconds = time.monotonic() - began
    assert (reason(reply), reply.headers["Retry-After"]) == ((503, "unavailable"), "1")
    assert 1.5 < seconds < 5  # two, and what a busy machine needs
    healed = time.monotonic() + 5
    while (status := get(api, token=token).status_code) != 200 and time.monotonic() < healed:
        time.sleep(0.1)
    assert status == 200


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_a_portal_that_was_restarted_is_found_again_at_once(
    api: str, lane: ServedLane, alice: Any, issue: Issue, end: int
) -> None:
    _, token = issue(alice)
    with ThreadPoolExecutor(8) as callers:  # several connections are kept
        assert set(callers.map(lambda _: get(api, token=token).status_code, range(16))) == {200}
    if end == signal.SIGKILL:
        lane.signal(end)
    lane.stop()
    lane.start()
    assert [get(api, token=token).status_code for _ in range(8)] == [200] * 8


def test_another_service_token_lets_nobody_in_and_the_log_says_why(
    serve: Callable[..., str], lane: ServedLane, caplog: pytest.LogCaptureFixture, alice: Any, issue: Issue,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("tests.portal_client.conftest.SERVICE_TOKEN", "another one")
    _, token = issue(alice)
    assert reason(get(serve(lane.url), token=token)) == (503, "unavailable")
    assert "The portal answered with 401. Is the service token right?" in caplog.text


def test_the_most_talkative_log_shows_no_key(
    api: str, caplog: pytest.LogCaptureFixture, alice: Any, issue: Issue
) -> None:
    _, token = issue(alice)
    with caplog.at_level(logging.DEBUG):
        statuses = [get(api, token=token).status_code, get(api, token=token + "x").status_code]
    assert statuses == [200, 401]
    said = "\n".join(record.getMessage() for record in caplog.records if record.name != "httpcore.http11")
    assert "api/v1/verify" in said
    assert token.rpartition("_")[2] not in said


def test_each_verification_is_counted_once(api: str, lane: ServedLane, alice: Any, issue: Issue, session: Any) -> None:
    from portal.usage.models import Access

    key, token = issue(alice)
    assert [get(api, token=token).status_code for _ in range(5)] == [200] * 5
    lane.stop()  # which writes down what it has counted
    lane.start()
    assert sum(session.scalars(select(Access.calls).where(Access.key_id == key.id))) == 5


@pytest.fixture
def sockets(lane: ServedLane) -> Any:
    with served_fastapi(lane.url) as url:
        yield url.replace("http", "ws")


def test_a_web_socket_is_verified_before_it_opens(sockets: str, alice: Any, issue: Issue) -> None:
    import json

    key, token = issue(alice)
    with connect(f"{sockets}/echo", additional_headers={"X-API-Key": token}) as socket:
        assert json.loads(socket.recv())["id"] == key.public_id
    _, narrow = issue(alice, "narrow", policy=NARROW)
    for headers, expected in (({}, (401, "missing")), ({"X-API-Key": narrow}, (403, "resource-not-allowed"))):
        with pytest.raises(InvalidStatus) as refused:
            connect(f"{sockets}/echo", additional_headers=headers)
        answer = refused.value.response
        assert (answer.status_code, answer.headers["X-Auth-Reason"]) == expected
