"""What a protected API says that a request needs of a key: by decorator, in the verify body, or through its proxy."""

import json
from ipaddress import ip_network

import pytest
from flask import Flask

from portal.gateway.guard import NEEDS, protect, require_key
from portal.policy.policy import Policy
from tests.gateway.conftest import SERVICE_TOKEN, ask

NARROW = Policy.read({"resources": ["algo://demo/*"], "data": "read"})
RESOURCES = "resource-not-allowed"


@pytest.fixture
def api(verifier, settings):
    app = Flask("api")
    protect(app, verifier, settings)

    @app.post("/algo/<owner>/<path:name>")
    @require_key(resource="algo://{owner}/{name}")
    def algo(owner, name):
        return {}

    app.get("/data", endpoint="reading")(require_key(access="read")(dict))
    app.put("/data", endpoint="writing")(require_key(access="write")(dict))
    app.post("/archive", endpoint="archive")(require_key(resource="algo://demo/Archive", access="write")(dict))
    app.get("/whoami", endpoint="whoami")(require_key(any_key=True)(dict))
    app.get("/bare", endpoint="bare")(require_key(dict))
    return app


@pytest.mark.parametrize(
    ("method", "path", "reason"),
    [
        ("POST", "/algo/demo/Hello", None),
        ("POST", "/algo/demo/Hello/1.0", None),
        ("POST", "/algo/nlp/Hello", RESOURCES),
        ("POST", "/algo/../demo", RESOURCES),
        ("POST", "/algo/demo/*", RESOURCES),
        ("GET", "/data", None),
        ("PUT", "/data", "data-access-denied"),
        ("POST", "/archive", "data-access-denied"),
        ("GET", "/whoami", None),
        ("GET", "/bare", RESOURCES),
    ],
)
def test_a_view_says_what_it_needs(api, alice, issue, method, path, reason):
    _, token = issue(alice, policy=NARROW)
    reply = ask(api, method, path, X_API_KEY=token)
    assert (reply.status, reply["X-Auth-Reason"]) == ((200, "") if reason is None else (403, reason))


def test_a_view_that_says_nothing_is_open_to_a_key_that_narrows_nothing(api, alice, issue):
    _, token = issue(alice)
    assert ask(api, "GET", "/bare", X_API_KEY=token).status == 200


def test_what_a_view_needs_can_be_looked_up(api):
    assert getattr(api.view_functions["algo"], NEEDS).resource == "algo://{owner}/{name}"


@pytest.mark.parametrize(("method", "right"), [("GET", "read"), ("PUT", "write")])
def test_a_refusal_of_data_access_names_the_missing_right(api, alice, issue, method, right):
    _, token = issue(alice)
    reply = ask(api, method, "/data", X_API_KEY=token)
    assert reply.json["missing_right"] == right
    assert f"no right to {right} data" in reply.json["detail"]


def test_the_verify_endpoint_names_the_missing_right(lane, alice, issue):
    _, token = issue(alice)
    assert ask_verify(lane, key=token, access="write") == {
        "allowed": False, "reason": "data-access-denied", "status": 403, "missing_right": "write",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("needs", "reason"),
    [
        ({"resource": "algo://demo/Hello"}, None),
        ({"resource": "algo://nlp/Hello"}, RESOURCES),
        ({"access": "read"}, None),
        ({"access": "write"}, "data-access-denied"),
        ({"any_key": True}, None),
        ({"any_key": False}, RESOURCES),
        ({"any_key": None}, RESOURCES),
        ({}, RESOURCES),
    ],
)
def test_the_verify_body_says_what_the_request_needs(lane, alice, issue, needs, reason):
    _, token = issue(alice, policy=NARROW)
    assert ask_verify(lane, key=token, **needs).get("reason") == reason


@pytest.mark.parametrize("value", ["true", 1, 0, [], {}])
def test_any_key_is_true_or_false_and_nothing_else(lane, value):
    assert ask(lane, "POST", "/api/v1/verify", **body(key="x", any_key=value)).status == 422


@pytest.fixture
def proxied(make_lane):
    return make_lane(trusted_proxies=(ip_network("192.0.2.7"),), forwarded_needs=True)


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"X_PORTAL_RESOURCE": "algo://demo/Hello"}, ""),
        ({"X_PORTAL_RESOURCE": "algo://nlp/Hello"}, RESOURCES),
        ({"X_PORTAL_RESOURCE": "", "X_PORTAL_ANY_KEY": "true"}, RESOURCES),
        ({"X_PORTAL_ACCESS": "read"}, ""),
        ({"X_PORTAL_ACCESS": "write"}, "data-access-denied"),
        ({"X_PORTAL_ACCESS": "everything"}, RESOURCES),
        ({"X_PORTAL_ANY_KEY": "true"}, ""),
        ({"X_PORTAL_ANY_KEY": "1"}, RESOURCES),
        ({}, RESOURCES),
    ],
)
def test_a_trusted_proxy_says_what_the_request_needs(proxied, alice, issue, headers, reason):
    _, token = issue(alice, policy=NARROW)
    reply = ask(proxied, "GET", "/auth", X_API_KEY=token, **headers)
    assert (reply.status, reply["X-Auth-Reason"]) == (403 if reason else 200, reason)


@pytest.mark.parametrize(
    "settings_of_the_lane",
    [
        {"forwarded_needs": True},
        {"trusted_proxies": (ip_network("192.0.2.7"),)},
        {"trusted_proxies": (ip_network("10.0.0.0/8"),), "forwarded_needs": True},
    ],
)
def test_nobody_else_is_believed(make_lane, alice, issue, settings_of_the_lane):
    lane = make_lane(**settings_of_the_lane)
    _, token = issue(alice, policy=NARROW)
    reply = ask(lane, "GET", "/auth", X_API_KEY=token, X_PORTAL_RESOURCE="algo://demo/Hello")
    assert reply["X-Auth-Reason"] == RESOURCES


def ask_verify(lane, **fields):
    return ask(lane, "POST", "/api/v1/verify", **body(**fields)).json


def body(**fields):
    return {"body": json.dumps(fields).encode(), "AUTHORIZATION": f"Bearer {SERVICE_TOKEN}"}


@pytest.mark.parametrize("tail", ["a" * 600, "a" * 500 + "/../../other/x"])
def test_a_resource_that_is_too_long_is_opened_by_no_key(make_lane, alice, issue, tail):
    token = issue(alice, policy=Policy.read({"resources": ["algo://*"]}))[1]
    lane = make_lane(trusted_proxies=(ip_network("192.0.2.0/24"),), forwarded_needs=True)
    told = {"x_api_key": token, "x_portal_resource": f"algo://demo/{tail}"}
    assert ask(lane, "GET", "/auth", **told)["X-Auth-Reason"] == "resource-not-allowed"
    assert ask(lane, "GET", "/auth", **told | {"x_portal_resource": "algo://demo/x"}).status == 200


def test_an_origin_is_never_cut_into_another_one(lane, alice, issue):
    policy = Policy.read({"resources": ["algo://*"], "origin": {"native": True, "hosts": ["*.example.org"]}})
    token = issue(alice, policy=policy)[1]
    evil = "https://" + "a" * (512 - len("https://.example.org")) + ".example.org.evil.example"
    for header in ("origin", "referer"):
        assert ask(lane, "GET", "/auth", x_api_key=token, **{header: evil})["X-Auth-Reason"] == "origin-not-allowed"
        long_path = "https://www.example.org/" + "a" * 3000
        assert ask(lane, "GET", "/auth", x_api_key=token, **{header: long_path}).status == 200


def test_a_need_that_is_said_wrongly_is_met_by_no_key(make_lane, alice, issue):
    token = issue(alice, policy=Policy.read({"resources": ["algo://*"], "data": "write"}))[1]
    trusting = make_lane(trusted_proxies=(ip_network("192.0.2.0/24"),), forwarded_needs=True)
    told = {"x_api_key": token, "x_portal_resource": "algo://demo/Hello", "x_portal_access": "delete"}
    reply = ask(trusting, "GET", "/auth", **told)
    assert reply["X-Auth-Reason"] == "resource-not-allowed"
