"""The client's words are the portal's, to the byte; and what it asks is what the portal understands."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from portal.config import ROOT
from portal.gateway import problem, wire
from portal.gateway.question import FIELDS, read_question
from portal.policy.facts import TEXT_LIMIT, Access
from portal.policy.limits import LimitState
from portal.policy.reasons import Reason
from portal.verification.verdict import Refused
from portal_client import question as asked
from portal_client.portal import Where
from portal_client.question import Needs, question
from portal_client.reasons import REASONS
from portal_client.refusal import UNAVAILABLE
from portal_client.verdict import verdict_of
from portal_client.wsgi import PortalMiddleware

LIMITS = (LimitState("rate", 100, 60, 0, 17),)
CASES = [Refused(reason) for reason in Reason] + [
    *(Refused(Reason.DATA_ACCESS_DENIED, right=right) for right in Access),
    Refused(Reason.RATE_LIMITED, limits=LIMITS),
]


def reply_of(answer: problem.Answer) -> httpx.Response:
    return httpx.Response(answer.code, headers=list(answer.headers), content=answer.body)


@pytest.mark.parametrize("environ", [{}, {"HTTP_SEC_FETCH_MODE": "cors"}, {"HTTP_USER_AGENT": "Mozilla/5.0"}])
@pytest.mark.parametrize("refused", CASES, ids=str)
def test_each_refusal_is_the_one_that_the_guard_gives(refused: Refused, environ: dict[str, str]) -> None:
    own = verdict_of(reply_of(wire.verify_answer(refused)), environ)
    guards = wire.refusal_answer(refused, environ)
    assert (own.status, own.headers, own.body) == (guards.code, guards.headers, guards.body)  # type: ignore[union-attr]


def test_every_reason_is_known_and_no_other() -> None:
    assert {reason.value: (reason.status, reason.headline, reason.detail) for reason in Reason} == REASONS


def test_the_answer_when_the_portal_is_gone_is_the_portals_own() -> None:
    own = problem.UNAVAILABLE
    assert (UNAVAILABLE.status, UNAVAILABLE.headers, UNAVAILABLE.body) == (own.code, own.headers, own.body)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b""), (200, b"{"), (200, b"null"), (200, b"[]"), (200, b"{}"), (200, b'{"allowed": 1}'),
        (200, b'{"allowed": "true"}'), (200, b'{"allowed": true}'), (200, b'{"allowed": true, "key": {}}'),
        (200, b'{"allowed": true, "user": 1, "user_id": 1, "key": {"id": "a", "name": "b", "kind": "c"}}'),
        (200, b'{"allowed": false}'), (200, b"[" * 100_000), (302, b""), (401, b""), (404, b""), (500, b""),
        (204, b""), (503, b'{"allowed": true}'),
    ],
)  # fmt: skip
def test_a_reply_that_is_no_clear_yes_lets_nobody_in(status: int, body: bytes) -> None:
    assert verdict_of(httpx.Response(status, content=body), {}) is UNAVAILABLE


@pytest.mark.parametrize("status", [200, 302, 500, 999, -1, None, "401"])
def test_a_reason_of_a_later_portal_is_a_refusal_all_the_same(status: object) -> None:
    body = json.dumps({"allowed": False, "reason": "novel", "status": status}).encode()
    answer = verdict_of(httpx.Response(200, content=body), {})
    assert (answer.status, answer.reason) == (403, "novel")  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "environ",
    [
        {}, {"REMOTE_ADDR": "192.0.2.7"}, {"REMOTE_ADDR": "fe80::1%eth0"}, {"REMOTE_ADDR": "testclient"},
        {"HTTP_ORIGIN": "https://a.example", "HTTP_REFERER": "https://a.example/" + "x" * 9_000},
        {"HTTP_ORIGIN": "x" * 9_000}, {"HTTP_ORIGIN": "a\x01b"}, {"HTTP_REFERER": "\ud800"},
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "needs", [Needs(), Needs("algo://a/b", "write"), Needs(any_key=True), Needs("x" * 9_000), Needs("a\x00\ud800")]
)
def test_the_portal_understands_whatever_is_asked(environ: dict[str, str], needs: Needs) -> None:
    body = question("x\xe9", environ, needs)
    assert tuple(json.loads(body)) == FIELDS
    facts = read_question(body).facts
    assert facts.any_key is needs.any_key
    assert facts.access == needs.access
    assert facts.resource in {needs.resource, ""}
    assert (facts.address is None) is ("REMOTE_ADDR" not in environ or environ["REMOTE_ADDR"] == "testclient")
    assert asked.TEXT_LIMIT == TEXT_LIMIT


def test_an_access_that_is_none_is_a_fault_of_the_app() -> None:
    with pytest.raises(ValueError, match=r"Needs\.access"):
        question("x", {}, Needs(access="delete"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "url", ["", "keys.example.org", "ftp://a", "https://", "https://a/?x", "https://u:p@a", "http:"]
)
def test_an_address_that_cannot_be_one_is_refused_at_the_start(url: str) -> None:
    with pytest.raises(ValueError, match="url"):
        PortalMiddleware(lambda _environ, _start: [], url=url, service_token="t")


def test_an_empty_service_token_is_refused_at_the_start_and_none_is_shown() -> None:
    with pytest.raises(ValueError, match="service_token"):
        PortalMiddleware(lambda _environ, _start: [], url="https://a", service_token=" ")
    assert "secret" not in repr(Where("https://a", "secret"))


def test_it_is_installed_alone(tmp_path: Path) -> None:
    source = shutil.copytree(ROOT / "portal_client", tmp_path / "source")
    there = tmp_path / "there"
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    install += ["--no-build-isolation", "--no-index", "--target", str(there), str(source)]
    done = subprocess.run(install, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (there / "portal_client" / "py.typed").exists()
    program = "import sys, portal_client.wsgi, portal_client.asgi; print(portal_client.__file__, *sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env={"PYTHONPATH": str(there)}, capture_output=True, text=True,
        check=True,
    ).stdout.split()  # fmt: skip
    assert loaded[0].startswith(str(there))
    assert {"flask", "sqlalchemy", "portal", "starlette"}.isdisjoint(loaded)
