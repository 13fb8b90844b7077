"""A web page elsewhere calls a protected API: it may read the answer when its key lets it in, and else nothing."""

import pytest
from flask import Flask, g

from portal.gateway.guard import protect, require_key
from portal.policy.policy import Policy
from tests.gateway.conftest import ask

PAGES = Policy.read({"origin": {"native": False, "hosts": ["app.example.org"]}})
THERE, ELSEWHERE = "https://app.example.org", "https://www.app.example.org.evil.example"


@pytest.fixture
def api(verifier, settings):
    app = Flask("api")
    protect(app, verifier, settings, cross_origin=True)
    app.get("/whoami", endpoint="whoami")(require_key(any_key=True)(lambda: {"user": g.key.user}))
    app.get("/open", endpoint="open")(lambda: "anyone")
    return app


@pytest.mark.parametrize("origin", [THERE, ELSEWHERE])
def test_the_question_before_a_request_carries_no_key_and_is_answered_alike(api, origin):
    reply = ask(api, "OPTIONS", "/whoami", ORIGIN=origin, ACCESS_CONTROL_REQUEST_METHOD="GET")
    assert (reply.status, reply.body, reply["Access-Control-Allow-Origin"]) == (204, b"", "*")
    assert "Authorization" in reply["Access-Control-Allow-Headers"]
    assert reply["Access-Control-Allow-Credentials"] == ""


def test_a_page_on_a_listed_host_may_read_the_answer(api, alice, issue):
    _, token = issue(alice, policy=PAGES)
    reply = ask(api, "GET", "/whoami", ORIGIN=THERE, AUTHORIZATION=f"Bearer {token}")
    assert (reply.status, reply["Access-Control-Allow-Origin"], reply["Vary"]) == (200, THERE, "Origin")


def test_a_page_elsewhere_is_refused_and_may_not_even_read_why(api, alice, issue):
    _, token = issue(alice, policy=PAGES)
    reply = ask(api, "GET", "/whoami", ORIGIN=ELSEWHERE, AUTHORIZATION=f"Bearer {token}")
    assert (reply.status, reply["X-Auth-Reason"], reply["Access-Control-Allow-Origin"]) == (
        403,
        "origin-not-allowed",
        "",
    )


def test_a_native_client_gets_no_headers_for_pages(api, alice, issue):
    _, token = issue(alice)
    reply = ask(api, "GET", "/whoami", AUTHORIZATION=f"Bearer {token}")
    assert (reply.status, reply["Access-Control-Allow-Origin"]) == (200, "")


def test_what_is_not_guarded_is_not_opened(api):
    assert ask(api, "GET", "/open", ORIGIN=THERE)["Access-Control-Allow-Origin"] == ""


def test_options_without_a_page_behind_it_stays_the_apis_own(api):
    assert ask(api, "OPTIONS", "/whoami")["Allow"] != ""


def test_an_api_that_did_not_ask_for_it_is_closed_to_pages(verifier, settings, alice, issue):
    app = Flask("closed")
    protect(app, verifier, settings)
    app.get("/whoami", endpoint="whoami")(require_key(any_key=True)(dict))
    _, token = issue(alice, policy=PAGES)
    assert ask(app, "GET", "/whoami", ORIGIN=THERE, X_API_KEY=token)["Access-Control-Allow-Origin"] == ""
