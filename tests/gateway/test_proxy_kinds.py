"""What `/auth` says to each kind of reverse proxy."""

import json
from ipaddress import ip_network

import pytest

from portal.config import ProxyKind
from portal.gateway import problem, wire
from portal.gateway.lane import answers
from portal.gateway.nginx import as_nginx_passes_it
from portal.policy.reasons import Reason
from portal.verification.verdict import Refused
from tests.gateway.conftest import ask

TRUE_TO_THE_STATUS = [ProxyKind.CADDY, ProxyKind.TRAEFIK, ProxyKind.ENVOY]
REFUSALS = [*(wire.refusal_answer(Refused(reason), {}) for reason in Reason), problem.UNAVAILABLE]


@pytest.fixture
def lane_of(make_lane):
    return lambda kind, **others: make_lane(proxy_kind=kind, **others)


@pytest.mark.parametrize("said", REFUSALS)
def test_nginx_gets_a_status_that_it_passes_on_and_what_the_client_is_told(said):
    told = as_nginx_passes_it(said)
    headers = dict(told.headers)
    assert told.code == (401 if said.code == 401 else 403)
    assert headers["X-Error-Status"] == str(said.code)
    assert headers["X-Error-Body"].isascii()
    assert headers["X-Error-Body"].isprintable()
    assert json.loads(headers["X-Error-Body"]) == json.loads(said.body)
    assert json.loads(said.body)["status"] == said.code
    assert {name: value for name, value in said.headers if name != "WWW-Authenticate"}.items() <= headers.items()


def test_nginx_gets_all_challenges_in_one_line():
    told = as_nginx_passes_it(wire.refusal_answer(Refused(Reason.REVOKED), {}))
    challenges = [value for name, value in told.headers if name == "WWW-Authenticate"]
    assert len(challenges) == 1
    assert challenges[0].startswith('Bearer realm="API key", error="invalid_token", ')
    assert challenges[0].endswith(', Basic realm="API key", charset="UTF-8"')


def test_a_body_can_never_begin_another_header():
    said = problem.answer(403, "application/problem+json", b'{"a":\r\n"\x00\x7f\xff"}')
    assert dict(as_nginx_passes_it(said).headers)["X-Error-Body"] == '{"a":""}'


@pytest.mark.parametrize("kind", TRUE_TO_THE_STATUS)
def test_every_other_proxy_gets_the_answer_itself(lane_of, alice, issue, kind):
    _, token = issue(alice)
    reply = ask(lane_of(kind), "GET", "/auth", x_api_key=f"{token},another")
    assert (reply.status, reply.json["status"], reply["X-Error-Status"]) == (400, 400, "")


@pytest.mark.parametrize("kind", ProxyKind)
def test_a_fault_of_configuration_is_never_dressed_up_as_a_refusal(lane_of, kind):
    assert ask(lane_of(kind), "POST", "/auth").status == 405


@pytest.mark.parametrize("kind", [ProxyKind.NGINX, ProxyKind.CADDY, ProxyKind.TRAEFIK])
@pytest.mark.parametrize("path", ["/auth/", "/auth/things"])
def test_below_auth_only_envoy_is_answered(lane_of, alice, issue, kind, path):
    _, token = issue(alice)
    assert answers(path)  # and Flask never is asked
    assert ask(lane_of(kind), "GET", path, x_api_key=token).status == 404


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PURGE"])
def test_envoy_asks_with_the_method_and_below_auth_with_the_path(
    lane_of, recorder, stored, alice, issue, method
):  # fmt: skip
    lane = lane_of(ProxyKind.ENVOY, trusted_proxies=(ip_network("192.0.2.7"),))
    _, token = issue(alice)
    forged = {"x_forwarded_method": "GET", "x_forwarded_uri": "/forged", "x_original_uri": "/forged"}
    reply = ask(lane, method, "/auth/things/caf\xc3\xa9", x_api_key=token, QUERY_STRING="x=1", **forged)
    assert (reply.status, reply["X-Auth-User"], reply.body) == (200, alice.email, b"")
    recorder.flush()
    assert stored("SELECT method, resource FROM access") == [(method, "/things/café")]


def test_a_key_in_the_address_that_envoy_asks_about_is_refused(lane_of, alice, issue):
    _, token = issue(alice)
    reply = ask(lane_of(ProxyKind.ENVOY), "GET", "/auth/things", QUERY_STRING=f"key={token}")
    assert (reply.status, reply["X-Auth-Reason"]) == (400, "key-in-url")


@pytest.mark.parametrize("path", ["/auth", "/auth*", "/authx/y", "/api/v1/verify"])
def test_envoys_other_methods_are_answered_nowhere_else(lane_of, alice, issue, path):
    _, token = issue(alice)
    assert ask(lane_of(ProxyKind.ENVOY), "DELETE", path, x_api_key=token).status in {404, 405}
