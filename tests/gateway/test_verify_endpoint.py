import io
import json
from collections.abc import Callable
from typing import Any

import pytest

from portal.accounts.models import Person
from portal.audit.events import SHELL
from portal.gateway.lane import Lane
from portal.gateway.question import Question, read_question
from portal.keys.token import mint
from portal.site import change
from portal.usage.recorder import UsageRecorder
from tests.gateway.conftest import SERVICE_TOKEN, Reply, ask, basic

Issue = Callable[..., tuple[Any, str]]
Verify = Callable[..., Reply]


def test_a_good_key_is_allowed(verify: Verify, alice: Person, issue: Issue) -> None:
    key, token = issue(alice, "caf\u00e9")
    reply = verify({"key": token})
    assert (reply.status, reply["Content-Type"], reply["Cache-Control"]) == (200, "application/json", "no-store")
    assert reply.json == {
        "allowed": True, "user": alice.email, "user_id": alice.id,
        "key": {"id": key.public_id, "name": "caf\u00e9", "kind": "standard"},
        "expires": key.expires_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }  # fmt: skip
    assert token.encode() not in reply.body


def test_a_key_without_an_end_says_so(
    verify: Verify, alter: Callable[[str], None], alice: Person, issue: Issue, session: Any
) -> None:
    _, token = issue(alice)
    change.change(session, SHELL, "no_expiry", "yes")
    session.commit()
    alter("UPDATE key SET expires_at = NULL")
    assert verify({"key": token}).json["expires"] is None


def test_a_refusal_is_a_200_with_its_reason_and_the_status_to_pass_on(verify: Verify) -> None:
    reply = verify({"key": str(mint("ptl"))})
    assert (reply.status, reply["X-Auth-Reason"]) == (200, "unknown")
    assert reply.json == {"allowed": False, "reason": "unknown", "status": 401}
    assert verify({"key": ""}).json["reason"] == "missing"
    assert verify({"key": "x=y"}).json["reason"] == "malformed"


def test_the_facts_are_those_of_the_body_and_never_of_the_connection(
    verify: Verify, recorder: UsageRecorder, stored: Callable[[str], list[Any]], alice: Person, issue: Issue
) -> None:
    _, token = issue(alice)
    verify({"key": token}, x_forwarded_for="198.51.100.9")
    verify({"key": token, "address": "::ffff:198.51.100.77", "resource": "maps", "access": "read", "origin": None})
    recorder.flush()
    rows = stored("SELECT address, method, resource FROM access ORDER BY address NULLS FIRST")
    assert rows == [(None, None, None), ("198.51.100.77", None, "maps")]


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer wrong", "Bearer \xe9\xe8", "Bearer \ud800", SERVICE_TOKEN, basic(f"apikey:{SERVICE_TOKEN}")],
)
def test_a_caller_without_the_service_token_learns_nothing(
    lane: Lane, alice: Person, issue: Issue, authorization: str
) -> None:
    _, token = issue(alice)
    body = json.dumps({"key": token}).encode()
    reply = ask(lane, "POST", "/api/v1/verify", body, authorization=authorization, x_api_key=SERVICE_TOKEN)
    assert (reply.status, reply.json["reason"]) == (401, "service-token-needed")
    assert reply["WWW-Authenticate"] == 'Bearer realm="service token"'


def test_an_api_key_is_no_service_token(lane: Lane, alice: Person, issue: Issue) -> None:
    _, token = issue(alice)
    assert ask(lane, "POST", "/api/v1/verify", b"{}", authorization=f"Bearer {token}").status == 401


def test_an_empty_service_token_lets_nobody_ask(make_lane: Callable[..., Lane]) -> None:
    lane = make_lane("")
    for authorization in ("", "Bearer", "Bearer "):
        assert ask(lane, "POST", "/api/v1/verify", b"{}", authorization=authorization).status == 401


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"null", b"[]", b'"key"', b"1", b"\xff\xfe{}", b'\xef\xbb\xbf{"key": ""}',
        '{"key": ""}'.encode("utf-16"),
        b"[" * 60_000, b'{"key":' * 9_000, b'{"key": NaN}', b'{"key": Infinity}', b'{"key": ' + b"9" * 5000 + b"}",
        b'{"key": "a", "key": "b"}', b'{"key": "a", "address": {"a": 1, "a": 2}}', b"key=abc", b'{"key": "\n"}',
    ],
)  # fmt: skip
def test_what_is_no_json_object_is_a_400_with_a_sentence(verify: Verify, body: bytes) -> None:
    reply = verify(body)
    assert (reply.status, reply["Content-Type"]) == (400, "application/problem+json")
    assert reply.json["detail"].endswith(".")


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({}, "key"), ({"key": None}, "key"), ({"key": 1}, "key"), ({"key": ["a"]}, "key"), ({"key": {"a": 1}}, "key"),
        ({"key": True}, "key"), ({"key": "\ud800"}, "key"), ({"key": "a", "origin": "\udfff"}, "origin"),
        ({"key": "a", "address": "nowhere"}, "address"), ({"key": "a", "address": 1}, "address"),
        ({"key": "a", "address": "192.0.2.0/24"}, "address"), ({"key": "a", "resource": "a\x00b"}, "resource"),
        ({"key": "a", "resource": 1e308}, "resource"), ({"key": "a", "referer": "x" * 513}, "referer"),
        ({"key": "a", "origin": []}, "origin"), ({"key": "a", "access": "delete"}, "access"),
        ({"key": "a", "access": 1}, "access"), ({"key": "a", "acces": "read"}, "acces"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_a_422_that_names_it(verify: Verify, fields: dict[str, Any], named: str) -> None:
    reply = verify(fields)
    assert reply.status == 422
    assert f"'{named}'" in reply.json["detail"]


def test_a_key_in_the_wrong_place_is_not_repeated(verify: Verify, alice: Person, issue: Issue) -> None:
    _, token = issue(alice)
    for body in ({token: ""}, {"key": [token]}, {"key": "a", "address": token}, {"key": "a", "access": token}):
        reply = verify(body)
        assert reply.status == 422
        assert token.encode() not in reply.body


def test_a_body_of_more_than_64_kilobytes_is_a_413(verify: Verify, lane: Lane) -> None:
    most = 64 * 1024
    fits = b'{"key": "a"}'.ljust(most)
    assert verify(fits).status == 200
    assert verify(fits + b" ").status == 413
    assert verify(fits + b" ", CONTENT_LENGTH="").status == 413


@pytest.mark.parametrize("length", ["-1", "x", "1e3", "\u0663"])
def test_a_length_that_is_no_number_is_a_400(verify: Verify, length: str) -> None:
    assert verify({"key": "a"}, CONTENT_LENGTH=length).status == 400


@pytest.mark.parametrize("length", ["1000000000", "9" * 5000])
def test_a_length_over_the_limit_is_a_413_before_anything_is_read(verify: Verify, length: str) -> None:
    assert verify({"key": "a"}, CONTENT_LENGTH=length).status == 413


def test_a_body_that_ends_too_early_is_a_400(verify: Verify) -> None:
    assert verify(b'{"key": "a"}', CONTENT_LENGTH="13").status == 400


def test_no_more_is_read_than_the_length_says() -> None:
    from portal.gateway.lane import _read_body

    stream = io.BytesIO(b'{"key": "a"} and the next request')
    assert _read_body({"CONTENT_LENGTH": "12", "wsgi.input": stream}) == b'{"key": "a"}'
    assert _read_body({"wsgi.input": stream}) == b""


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "OPTIONS"])
def test_only_post_asks(lane: Lane, method: str) -> None:
    reply = ask(lane, method, "/api/v1/verify", authorization=f"Bearer {SERVICE_TOKEN}")
    assert (reply.status, reply["Allow"]) == (405, "POST")


def test_a_question_does_not_show_its_key() -> None:
    question = read_question(b'{"key": "secret", "address": "192.0.2.1"}')
    assert isinstance(question, Question)
    assert "secret" not in repr(question)
    assert "192.0.2.1" in repr(question)


def test_the_end_of_a_key_is_under_the_sites_ceiling(verify: Verify, alice: Person, issue: Issue, session: Any) -> None:
    key, token = issue(alice)
    change.change(session, SHELL, "default_days", "1")
    change.change(session, SHELL, "longest_days", "2")
    session.commit()
    ends = change.current(session).ends(key.created_at, key.expires_at)
    assert verify({"key": token}).json["expires"] == f"{ends:%Y-%m-%dT%H:%M:%SZ}"
