"""Rates, quotas and the limit on refused credentials, at the real doors."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import time_machine
from flask import Flask, abort

from portal.accounts.models import Person
from portal.clock import now
from portal.config import Settings
from portal.gateway.guard import protect, require_key
from portal.gateway.lane import Lane
from portal.keys.token import mint
from portal.policy.limits import Quota, Rate
from portal.site.models import Site
from portal.site.settings import SiteSettings
from portal.verification.flood import MOST_REFUSALS
from portal.verification.verifier import Verifier
from tests.gateway.conftest import Reply, ask

Verify = Callable[..., Reply]
NEW = SiteSettings().new_policy()


@pytest.fixture(autouse=True)
def noon() -> Iterator[time_machine.Traveller]:
    """A clock that stands still, early enough in a month."""
    with time_machine.travel(now().replace(day=3, hour=12, minute=0, second=0, microsecond=0), tick=False) as clock:
        yield clock


@pytest.fixture
def token_with(issue: Callable[..., Any], alice: Person) -> Callable[..., str]:
    """Issue a key with these limits and return its token."""

    def make(rate: str | None = None, quota: str | None = None) -> str:
        limits = {"rate": rate and Rate.read(rate), "quota": quota and Quota.read(quota)}
        _key, token = issue(alice, f"{rate} {quota}", policy=replace(NEW, **limits))
        return str(token)

    return make


@pytest.fixture
def client(verifier: Verifier, settings: Settings) -> Any:
    app = Flask("guarded")
    protect(app, verifier, settings)
    app.add_url_rule("/good", view_func=require_key(lambda: "good"), endpoint="good")
    app.add_url_rule("/bad", view_func=require_key(lambda: abort(404)), endpoint="bad")
    return app.test_client()


def statuses(lane: Lane, token: str, times: int) -> list[tuple[int, str]]:
    replies = [ask(lane, "GET", "/auth", x_api_key=token) for _ in range(times)]
    return [(reply.status, reply["X-Auth-Reason"]) for reply in replies]


def test_a_key_without_limits_is_not_told_of_any(
    lane: Lane, verify: Verify, client: Any, token_with: Callable[..., str]
) -> None:
    token = token_with()
    forwarded, asked = ask(lane, "GET", "/auth", x_api_key=token), verify({"key": token})
    guarded = client.get("/good", headers={"X-API-Key": token})
    assert (forwarded["RateLimit"], asked["RateLimit"], "limits" in asked.json) == ("", "", False)
    assert "RateLimit" not in guarded.headers


def test_a_request_that_passes_is_told_what_is_left_at_every_door(
    lane: Lane, verify: Verify, client: Any, token_with: Callable[..., str]
) -> None:
    token = token_with("100/minute", "1000/day")
    policy = '"rate";q=100;w=60, "quota";q=1000;w=86400'
    forwarded = ask(lane, "GET", "/auth", x_api_key=token)
    asked = verify({"key": token})
    guarded = client.get("/good", headers={"X-API-Key": token})
    assert [reply["RateLimit-Policy"] for reply in (forwarded, asked)] == [policy] * 2
    assert guarded.headers["RateLimit-Policy"] == policy
    assert forwarded["RateLimit"] == '"rate";r=99;t=60, "quota";r=999;t=43200'
    assert asked.json["limits"] == [
        {"name": "rate", "limit": 100, "window": 60, "remaining": 98, "reset": 60},
        {"name": "quota", "limit": 1000, "window": 86_400, "remaining": 998, "reset": 43_200},
    ]
    assert guarded.headers["RateLimit"] == '"rate";r=97;t=60, "quota";r=997;t=43200'
    assert (forwarded["Retry-After"], asked["Retry-After"]) == ("", "")


def test_an_error_of_the_view_tells_the_limits_too(client: Any, token_with: Callable[..., str]) -> None:
    reply = client.get("/bad", headers={"X-API-Key": token_with("5/minute")})
    assert (reply.status_code, reply.headers["RateLimit"]) == (404, '"rate";r=4;t=60')


def test_a_rate_refuses_at_every_door_and_says_when_to_come_again(
    lane: Lane, verify: Verify, client: Any, token_with: Callable[..., str]
) -> None:
    token = token_with("1/hour")
    assert ask(lane, "GET", "/auth", x_api_key=token).status == 200
    forwarded, asked = ask(lane, "GET", "/auth", x_api_key=token), verify({"key": token})
    guarded = client.get("/good", headers={"X-API-Key": token})
    assert (forwarded.status, forwarded["X-Auth-Reason"], forwarded["Retry-After"]) == (403, "rate-limited", "3600")
    assert forwarded["RateLimit"] == '"rate";r=0;t=3600'
    assert (asked.status, asked["Retry-After"]) == (200, "3600")
    assert asked.json == {
        "allowed": False, "reason": "rate-limited", "status": 429,
        "limits": [{"name": "rate", "limit": 1, "window": 3600, "remaining": 0, "reset": 3600}],
    }  # fmt: skip
    assert (guarded.status_code, guarded.json["reason"], guarded.headers["Retry-After"]) == (
        429,
        "rate-limited",
        "3600",
    )
    assert guarded.headers["RateLimit-Policy"] == '"rate";q=1;w=3600'


def test_a_refused_request_is_let_in_when_the_time_is_over(
    lane: Lane, token_with: Callable[..., str], noon: time_machine.Traveller
) -> None:
    token = token_with("2/second")
    assert [status for status, _ in statuses(lane, token, 3)] == [200, 200, 403]
    noon.shift(1)
    assert statuses(lane, token, 1) == [(200, "")]


def test_a_quota_refuses_until_the_next_day_begins(
    lane: Lane, token_with: Callable[..., str], noon: time_machine.Traveller
) -> None:
    token = token_with(quota="2/day")
    assert statuses(lane, token, 3) == [(200, ""), (200, ""), (403, "quota-exceeded")]
    noon.shift(12 * 3600 - 1)
    assert statuses(lane, token, 1) == [(403, "quota-exceeded")]
    noon.shift(1)
    assert statuses(lane, token, 1) == [(200, "")]


def test_what_another_rule_refuses_spends_no_rate_and_no_quota(verify: Verify, token_with: Callable[..., str]) -> None:
    token = token_with("1/hour", "1/month")
    refused = [
        verify({"key": token, **asked}).json["reason"] for asked in ({"access": "write"}, {"origin": "https://x"})
    ]
    assert refused == ["data-access-denied", "origin-not-allowed"]
    assert verify({"key": token}).json["allowed"]
    assert verify({"key": token}).json["reason"] == "rate-limited"


def test_what_the_rate_refuses_spends_no_quota(
    verify: Verify, token_with: Callable[..., str], noon: time_machine.Traveller
) -> None:
    token = token_with("1/second", "2/month")
    assert [verify({"key": token}).json.get("reason") for _ in range(3)] == [None, "rate-limited", "rate-limited"]
    noon.shift(1)
    assert verify({"key": token}).json["allowed"]
    noon.shift(1)
    assert verify({"key": token}).json["reason"] == "quota-exceeded"


def test_the_ceiling_of_the_site_holds_for_a_key_without_limits_and_for_an_older_one(
    verify: Verify, token_with: Callable[..., str], session: Any
) -> None:
    free, older = token_with(), token_with("100/minute", "100/day")
    session.add_all([Site(name="rate_ceiling", value='"2/minute"'), Site(name="quota_ceiling", value='"1/day"')])
    session.commit()
    for token in (free, older):
        assert verify({"key": token}).json["allowed"]
        assert verify({"key": token}).json["reason"] == "quota-exceeded"
        assert verify({"key": token}).json["reason"] == "rate-limited"


def test_an_address_that_sends_one_bad_key_after_another_is_told_to_stop_and_good_keys_pass_from_there(
    client: Any, token_with: Callable[..., str]
) -> None:
    replies = [client.get("/good", headers={"X-API-Key": str(mint("ptl"))}) for _ in range(MOST_REFUSALS + 1)]
    assert {reply.status_code for reply in replies[:-1]} == {401}
    told = replies[-1]
    assert (told.status_code, told.headers["X-Auth-Reason"]) == (429, "too-many-refusals")
    assert (told.headers["Retry-After"], told.headers["RateLimit"]) == ("60", '"refusals";r=0;t=60')
    assert "WWW-Authenticate" not in told.headers
    assert client.get("/good", headers={"X-API-Key": token_with()}).status_code == 200
    assert client.get("/good", environ_overrides={"REMOTE_ADDR": "192.0.2.9"}).status_code == 401


def test_requests_without_a_key_and_ones_that_may_not_do_this_are_not_counted_as_bad_keys(
    verify: Verify, token_with: Callable[..., str]
) -> None:
    token, address = token_with(), "192.0.2.8"
    for _ in range(MOST_REFUSALS + 1):
        verify({"key": "", "address": address})
        verify({"key": token, "address": address, "access": "write"})
    assert verify({"key": "wrong", "address": address}).json["reason"] == "malformed"


def test_bad_keys_from_nobody_knows_where_are_not_counted(verify: Verify) -> None:
    reasons = {verify({"key": "wrong"}).json["reason"] for _ in range(MOST_REFUSALS + 1)}
    assert reasons == {"malformed"}
