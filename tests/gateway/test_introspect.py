"""`POST /oauth/introspect` as RFC 7662 has it, at both doors of the lane."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import requests
from authlib.integrations.requests_client import OAuth2Session
from requests.adapters import BaseAdapter
from sqlalchemy import update

from portal import clock
from portal.accounts.models import Person
from portal.gateway.lane import Lane, answers
from portal.keys.models import Key
from portal.keys.token import mint
from portal.policy.limits import Quota, Rate
from portal.policy.policy import Policy
from portal.site.settings import SiteSettings
from portal.usage.recorder import UsageRecorder
from tests.gateway.conftest import SERVICE_TOKEN, Reply, ask, basic

FORM = "application/x-www-form-urlencoded"
NEW = SiteSettings().new_policy()
NARROW = Policy.read({"resources": ["algo://demo/*"], "data": "read"})
Introspect = Callable[..., Reply]
Issue = Callable[..., tuple[Any, str]]


@pytest.fixture
def introspect(lane: Lane) -> Introspect:
    """Ask as a protected API does: parameters by name, or a body as it stands."""

    def post(body: bytes | None = None, headers: dict[str, str] | None = None, **parameters: str) -> Reply:
        sent = urlencode(parameters).encode() if body is None else body
        known = {"authorization": f"Bearer {SERVICE_TOKEN}", "CONTENT_TYPE": FORM}
        return ask(lane, "POST", "/oauth/introspect", sent, **(known | (headers or {})))

    return post


def inactive(reply: Reply) -> str:
    """Return the reason in the header of an answer that says nothing else."""
    assert (reply.status, reply.body) == (200, b'{"active": false}')
    return reply["X-Auth-Reason"]


def test_a_good_key_is_active_and_told_of_as_the_rfc_names_it(
    introspect: Introspect, alice: Person, issue: Issue
) -> None:
    key, token = issue(alice, "caf\u00e9", policy=replace(NEW, data=Policy.read({"data": "write"}).data))
    reply = introspect(token=token, token_type_hint="access_token")
    assert (reply.status, reply["Content-Type"], reply["Cache-Control"]) == (200, "application/json", "no-store")
    assert reply.json == {
        "active": True, "sub": str(alice.id), "username": alice.email, "client_id": key.public_id,
        "token_type": "Bearer", "scope": "read write", "iat": int(key.created_at.timestamp()),
        "exp": int(key.expires_at.timestamp()),
    }  # fmt: skip
    assert token.encode() not in reply.body


def test_a_key_without_rights_on_data_has_no_scope(introspect: Introspect, alice: Person, issue: Issue) -> None:
    _, token = issue(alice, policy=replace(NEW, data=Policy.read({"data": "none"}).data))
    assert "scope" not in introspect(token=token).json


def test_a_key_that_is_no_good_is_inactive_and_nothing_more_is_said(
    introspect: Introspect, alice: Person, issue: Issue, session: Any
) -> None:
    key, token = issue(alice)
    session.execute(update(Key).where(Key.id == key.id).values(revoked_at=clock.now()))
    session.commit()
    assert inactive(introspect(token=token)) == "revoked"
    assert inactive(introspect(token=str(mint("ptl")))) == "unknown"
    assert inactive(introspect(token="eyJhbGciOi.x.y")) == "malformed"
    assert inactive(introspect(token="caf\u00e9 \u20ac")) == "malformed"


def test_a_key_before_its_first_day_is_inactive_and_later_says_nbf(
    introspect: Introspect, alice: Person, issue: Issue
) -> None:
    _, early = issue(alice, "early", not_before=clock.now() + timedelta(days=2))
    begun = clock.now().replace(microsecond=0) - timedelta(days=1)
    _, token = issue(alice, "begun", not_before=begun)
    assert inactive(introspect(token=early)) == "not-yet-valid"
    assert introspect(token=token).json["nbf"] == int(begun.timestamp())


def test_a_request_that_states_nothing_passes_as_it_does_at_auth(
    introspect: Introspect, alice: Person, issue: Issue
) -> None:
    _, token = issue(alice, policy=NARROW)
    assert inactive(introspect(token=token)) == "resource-not-allowed"
    assert introspect(token=token, any_key="true").json["active"]
    assert inactive(introspect(token=token, any_key="false")) == "resource-not-allowed"
    assert introspect(token=token, resource="algo://demo/Hello").json["active"]
    assert inactive(introspect(token=token, resource="algo://nlp/Hello")) == "resource-not-allowed"
    assert introspect(token=token, access="read").json["active"]
    assert inactive(introspect(token=token, access="write")) == "data-access-denied"


def test_the_address_and_the_page_are_judged_when_they_are_told(
    introspect: Introspect, alice: Person, issue: Issue
) -> None:
    rules = {**NEW.plain(), "networks": ["198.51.100.0/24"]}
    _, token = issue(alice, policy=Policy.read(rules))
    assert inactive(introspect(token=token)) == "address-not-allowed"
    assert inactive(introspect(token=token, address="192.0.2.1")) == "address-not-allowed"
    assert introspect(token=token, address="198.51.100.7").json["active"]
    _, native = issue(alice, "native")
    assert inactive(introspect(token=native, origin="https://elsewhere.example")) == "origin-not-allowed"


def test_it_counts_as_any_verification_and_is_told_of_the_limits(
    introspect: Introspect, alice: Person, issue: Issue
) -> None:
    limits = {"rate": Rate.read("2/minute"), "quota": Quota.read("100/day")}
    _, token = issue(alice, policy=replace(NEW, **limits))
    assert introspect(token=token)["RateLimit"].startswith('"rate";r=1;')
    assert introspect(token=token).json["active"]
    reply = introspect(token=token)
    assert inactive(reply) == "rate-limited"
    assert int(reply["Retry-After"]) > 0


def test_it_is_recorded_as_any_verification(
    introspect: Introspect, recorder: UsageRecorder, stored: Callable[[str], list[Any]], alice: Person, issue: Issue
) -> None:
    _, token = issue(alice)
    introspect(token=token, address="198.51.100.77", resource="algo://demo/Hello")
    recorder.flush()
    assert stored("SELECT address, resource, calls FROM access") == [("198.51.100.77", "algo://demo/Hello", 1)]


@pytest.mark.parametrize(
    "authorization",
    [
        f"Bearer {SERVICE_TOKEN}", basic(f"my-api:{SERVICE_TOKEN}"), basic(f":{SERVICE_TOKEN}"),
        basic(f"my-api:{quote(SERVICE_TOKEN)}"), basic(f"my-api:{SERVICE_TOKEN}").replace("Basic", "bAsIc"),
    ],
)  # fmt: skip
def test_the_service_token_is_taken_as_bearer_and_as_a_password(
    introspect: Introspect, alice: Person, issue: Issue, authorization: str
) -> None:
    _, token = issue(alice)
    assert introspect(token=token, headers={"authorization": authorization}).json["active"]


@pytest.mark.parametrize(
    "authorization",
    [
        "", "Basic", "Bearer", "Bearer wrong", "Bearer \xe9", SERVICE_TOKEN, "Basic %%%", "Basic /w==", basic("a"),
        basic("a:"), basic(f"{SERVICE_TOKEN}:"), basic(f"a:{SERVICE_TOKEN}x"), "Basic " + "A" * 5000, "Basic \xe9",
    ],
)  # fmt: skip
def test_a_caller_without_the_service_token_learns_nothing(
    introspect: Introspect, alice: Person, issue: Issue, authorization: str
) -> None:
    _, token = issue(alice)
    reply = introspect(token=token, headers={"authorization": authorization, "x_api_key": SERVICE_TOKEN})
    assert (reply.status, reply.json["error"], reply["X-Auth-Reason"]) == (
        401, "invalid_client", "service-token-needed",
    )  # fmt: skip
    assert [line.split()[0] for line in reply["WWW-Authenticate"].splitlines()] == ["Bearer", "Basic"]


def test_an_api_key_is_no_service_token(introspect: Introspect, alice: Person, issue: Issue) -> None:
    _, token = issue(alice)
    for authorization in (f"Bearer {token}", basic(f"apikey:{token}")):
        assert introspect(token=token, headers={"authorization": authorization}).status == 401


def test_an_empty_service_token_lets_nobody_ask(make_lane: Callable[..., Lane]) -> None:
    lane = make_lane("")
    for authorization in ("", "Bearer ", basic(":"), basic("a:")):
        assert ask(lane, "POST", "/oauth/introspect", b"token=a", authorization=authorization).status == 401


@pytest.mark.parametrize(
    "body",
    [
        b"", b"token", b"token=", b"token_type_hint=access_token", b"token=a&token=b", b"token=a&token=", b"=a",
        b"a&&b", b"token=a&x=1&x=2", b"token=%ff", b"token=\xc3\xa9", b"\x00", b'{"token": "a"}',
        b"token=a&access=delete",
        b"token=a&address=nowhere", b"token=a&any_key=yes", b"token=a&resource=%00", b"token=a;token=b&x",
        b"token=a&" + b"&".join(b"p%d=1" % number for number in range(60)),
        b"token=a&resource=" + b"x" * 600,
    ],
)  # fmt: skip
def test_what_is_no_form_with_one_token_is_a_400_with_a_sentence(introspect: Introspect, body: bytes) -> None:
    reply = introspect(body)
    assert (reply.status, reply["Content-Type"], reply["Cache-Control"]) == (400, "application/json", "no-store")
    assert reply.json["error"] == "invalid_request"
    assert reply.json["error_description"].endswith(".")


@pytest.mark.parametrize("kind", ["", "application/json", "text/plain", "multipart/form-data; boundary=x"])
def test_another_kind_of_body_is_a_400(introspect: Introspect, kind: str) -> None:
    assert introspect(token="a", headers={"CONTENT_TYPE": kind}).status == 400


def test_the_kind_of_body_may_name_its_charset(introspect: Introspect) -> None:
    assert introspect(token="a", headers={"CONTENT_TYPE": f"{FORM.upper()} ; charset=UTF-8"}).status == 200


def test_parameters_that_nobody_knows_are_passed_over(introspect: Introspect, alice: Person, issue: Issue) -> None:
    _, token = issue(alice)
    assert introspect(token=token, client_id="my-api", resource="", access="").json["active"]


def test_a_key_in_the_wrong_place_is_not_repeated(introspect: Introspect, alice: Person, issue: Issue) -> None:
    _, token = issue(alice)
    for body in (f"{token}=1", f"token=a&address={token}", f"token={token}&token={token}", f"token=a&access={token}"):
        reply = introspect(body.encode())
        assert reply.status == 400
        assert token.encode() not in reply.body


def test_a_body_of_more_than_64_kilobytes_is_a_413(introspect: Introspect) -> None:
    fits = b"token=".ljust(64 * 1024, b"x")
    assert introspect(fits).status == 200
    assert introspect(fits + b"x").status == 413
    assert introspect(b"token=a", headers={"CONTENT_LENGTH": "9" * 50}).status == 413
    assert introspect(b"token=a", headers={"CONTENT_LENGTH": "x"}).status == 400


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "OPTIONS"])
def test_only_post_asks(lane: Lane, method: str) -> None:
    reply = ask(lane, method, "/oauth/introspect", authorization=f"Bearer {SERVICE_TOKEN}")
    assert (reply.status, reply["Allow"]) == (405, "POST")
    assert answers("/oauth/introspect")


class _ToTheLane(BaseAdapter):
    """Sends what a library sends to the lane."""

    def __init__(self, lane: Lane) -> None:
        super().__init__()
        self._lane = lane

    def send(self, request: requests.PreparedRequest, **_options: Any) -> requests.Response:  # type: ignore[override]
        body = request.body.encode() if isinstance(request.body, str) else request.body or b""
        reply = ask(
            self._lane, request.method, "/oauth/introspect", body,
            authorization=request.headers.get("Authorization", ""),
            CONTENT_TYPE=request.headers.get("Content-Type", ""),
        )  # fmt: skip
        answer = requests.Response()
        answer.status_code, answer._content, answer.request = reply.status, reply.body, request
        return answer

    def close(self) -> None:
        pass


def test_an_oauth_library_understands_it(lane: Lane, alice: Person, issue: Issue) -> None:
    key, token = issue(alice)
    library = OAuth2Session("my-api", SERVICE_TOKEN, token_endpoint_auth_method="client_secret_basic")
    library.mount("https://", _ToTheLane(lane))
    told = library.introspect_token("https://portal.example/oauth/introspect", token=token).json()
    assert (told["active"], told["client_id"], told["username"]) == (True, key.public_id, alice.email)
    other = library.introspect_token("https://portal.example/oauth/introspect", token=str(mint("ptl")))
    assert other.json() == {"active": False}
    stranger = OAuth2Session("my-api", "wrong", token_endpoint_auth_method="client_secret_basic")
    stranger.mount("https://", _ToTheLane(lane))
    assert stranger.introspect_token("https://portal.example/oauth/introspect", token=token).status_code == 401
