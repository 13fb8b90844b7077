"""nginx and Caddy, with the files of `deploy/`, do the same."""

import json
from typing import Any

import pytest
from sqlalchemy import text

from tests import cast
from tests.deploy.conftest import House

pytestmark = pytest.mark.server

# path, key, status, reason
CASES = [
    ("/things", "good", 200, None),
    ("/things", None, 401, "missing"),
    ("/things", "revoked", 401, "revoked"),
    ("/things", "narrow", 403, "resource-not-allowed"),
    ("/whoami", "narrow", 200, None),
    ("/v1/algo/demo/Hello", "narrow", 200, None),
    ("/v1/algo/nlp/Hello", "narrow", 403, "resource-not-allowed"),
    ("/v1/algo/demo/../nlp/Hello", "narrow", 403, "resource-not-allowed"),
    ("/v1/algo/demo/Hel%0d%0aX-Portal-Any-Key:true", "narrow", 403, "resource-not-allowed"),
    ("/v1/data/table", "narrow", 200, None),
    ("/v1/data/../things", "narrow", 403, "resource-not-allowed"),
    ("/v1/data/%2e%2e/things", "narrow", 403, "resource-not-allowed"),
    ("/v1/data/..%2f..%2fthings", "narrow", 403, "resource-not-allowed"),
    ("/v1/data//../../things", "narrow", 403, "resource-not-allowed"),
]
FORGED = {
    "X-Auth-User": "mallory@example.org", "X-Auth-User-Id": "1", "X-Auth-Key-Id": "ptl_forged",
    "X-Auth-Key-Name": "forged",    "X_Auth_User": "mallory@example.org", "X-Auth_User": "mallory@example.org",
}  # fmt: skip


def test_the_cases(house: House, keys: dict[str, str]) -> None:
    for path, key, status, reason in CASES:
        reply = house.ask(path, **({"X-API-Key": keys[key]} if key else {}))
        assert (reply.status, reply.headers["X-Auth-Reason"]) == (status, reason), path
        if reason:
            assert reply.headers["Content-Type"] == "application/problem+json", path
            said = json.loads(reply.body)
            assert (said["status"], said["reason"]) == (status, reason), path
    let_in = sum(status == 200 for _, _, status, _ in CASES)
    assert len(house.upstream.asked) == let_in
    assert not [token for token in keys.values() if token in json.dumps(house.upstream.asked)]


@pytest.mark.parametrize("header", ["Authorization", "X-API-Key", "apikey", "MC-Api-Key", "X_API_Key"])
def test_the_api_learns_who_it_is_and_not_the_key(house: House, keys: dict[str, str], header: str) -> None:
    more = {} if header in {"Authorization", "X-API-Key"} else {"X-API-Key": keys["good"]}
    assert house.ask("/things", **({header: keys["good"]} | more)).status == 200
    assert keys["good"] not in json.dumps(house.upstream.asked)
    seen = dict(house.upstream.asked[0]["headers"])
    assert {name.title(): value for name, value in seen.items() if name.title().startswith("X-Auth-")} == {
        "X-Auth-User": cast.ALICE, "X-Auth-User-Id": seen["X-Auth-User-Id"], "X-Auth-Key-Id": seen["X-Auth-Key-Id"],
        "X-Auth-Key-Name": "good",
    }  # fmt: skip
    assert keys["good"].startswith(seen["X-Auth-Key-Id"])


def test_an_identity_that_the_client_made_up_never_reaches_the_api(house: House, keys: dict[str, str]) -> None:
    assert house.ask("/things", **{"X-API-Key": keys["good"]}, **FORGED).status == 200
    headers = house.upstream.asked[0]["headers"]
    assert "mallory" not in json.dumps(headers)
    assert "forged" not in json.dumps(headers)
    assert [value for name, value in headers if name.replace("_", "-").lower() == "x-auth-user"] == [cast.ALICE]


@pytest.mark.parametrize("name", ["X-Forwarded-For", "X_Forwarded_For", "X-Real-IP", "Forwarded"])
def test_an_address_that_the_client_made_up_is_not_believed(
    house: House, keys: dict[str, str], recorder: Any, session: Any, name: str
) -> None:
    made_up = {name: "for=198.51.100.1" if name == "Forwarded" else "198.51.100.1"}
    said = {"X-Forwarded-Method": "PURGE", "X-Forwarded-Uri": "/forged", "X-Original-Uri": "/forged"}
    assert house.ask("/things?x=1", **{"X-API-Key": keys["good"]}, **made_up, **said).status == 200
    recorder.flush()
    rows = session.execute(text("SELECT address, method, resource FROM access")).all()
    assert rows == [("127.0.0.1", "GET", "/things")]


@pytest.mark.parametrize(
    "made_up",
    [
        {"X-Portal-Resource": "algo://demo/Hello"}, {"X-Portal-Access": "read"}, {"X-Portal-Any-Key": "true"},
        {"X_Portal_Any_Key": "true"}, {"X-Portal_Any-Key": "true"}, {"x-portal-any-key": "true"},
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/things", "/v1/algo/nlp/Hello"])
def test_a_need_that_the_client_made_up_is_not_believed(
    house: House, keys: dict[str, str], made_up: dict[str, str], path: str
) -> None:
    reply = house.ask(path, **{"X-API-Key": keys["narrow"]}, **made_up)
    assert (reply.status, reply.headers["X-Auth-Reason"]) == (403, "resource-not-allowed")
    assert house.upstream.asked == []


def test_the_access_that_a_location_needs_depends_on_the_method(house: House, keys: dict[str, str]) -> None:
    reply = house.ask("/v1/data/table", "PUT", "x", **{"X-API-Key": keys["narrow"]})
    assert (reply.status, reply.headers["X-Auth-Reason"]) == (403, "data-access-denied")
    assert json.loads(reply.body)["missing_right"] == "write"


def test_too_much_is_a_429_that_says_when_to_come_again(house: House, keys: dict[str, str]) -> None:
    first, second = (house.ask("/whoami", **{"X-API-Key": keys["slow"]}) for _ in range(2))
    assert (first.status, second.status) == (200, 429)
    assert second.headers["X-Auth-Reason"] == "rate-limited"
    assert second.headers["Content-Type"] == "application/problem+json"
    assert json.loads(second.body)["status"] == 429
    assert 0 < int(second.headers["Retry-After"]) <= 3600
    assert second.headers["RateLimit-Policy"] == '"rate";q=1;w=3600'
    assert second.headers["RateLimit"].startswith('"rate";r=0;t=')


def test_a_request_that_cannot_be_taken_is_a_400(house: House, keys: dict[str, str]) -> None:
    in_address = house.ask(f"/things?key={keys['good']}")
    two = house.ask("/things", **{"X-API-Key": keys["good"], "apikey": keys["narrow"]})
    assert [(reply.status, reply.headers["X-Auth-Reason"]) for reply in (in_address, two)] == [
        (400, "key-in-url"), (400, "ambiguous"),
    ]  # fmt: skip
    assert json.loads(two.body)["status"] == 400


def test_a_refusal_challenges_with_both_schemes_once(house: House) -> None:
    challenges = ", ".join(house.ask("/things").headers.get_all("WWW-Authenticate") or [])
    assert challenges == 'Bearer realm="API key", Basic realm="API key", charset="UTF-8"'


@pytest.mark.parametrize("length", [3, 300_000])
def test_a_body_passes_through(house: House, keys: dict[str, str], length: int) -> None:
    reply = house.ask("/things", "POST", "b" * length, **{"X-API-Key": keys["good"]})
    assert reply.status == 200
    assert (json.loads(reply.body)["method"], json.loads(reply.body)["body"]) == ("POST", "b" * length)


def test_a_body_of_a_refused_request_does_not(house: House) -> None:
    reply = house.ask("/things", "POST", "b" * 1000)
    assert (reply.status, reply.headers["X-Auth-Reason"], house.upstream.asked) == (401, "missing", [])


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
def test_an_error_of_the_api_itself_is_left_as_it_is(house: House, keys: dict[str, str], status: int) -> None:
    reply = house.ask(f"/fails/{status}", **{"X-API-Key": keys["good"]})
    assert (reply.status, reply.headers["X-Auth-Reason"]) == (status, None)
    assert json.loads(reply.body)["path"] == f"/fails/{status}"


def test_the_portals_own_address_cannot_be_asked_through_the_proxy(house: House, keys: dict[str, str]) -> None:
    reply = house.ask("/.portal-auth", **{"X-API-Key": keys["narrow"]})
    assert reply.status in {403, 404}
    assert house.upstream.asked == []
