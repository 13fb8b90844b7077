import re

import pytest
from flask import Flask

from portal import create_app
from portal.config import Settings
from tests.support.visitor import Visitor

PAGES = ["/sign-in", "/help/api-keys", "/nothing", "/", "/accent.css", "/static/css/portal.css", "/api/nothing"]


@pytest.fixture
def https_app(folder) -> Flask:
    return create_app(Settings(PORTAL_DATA_DIR=folder.path, PORTAL_PUBLIC_URL="https://keys.example.org"))


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_has_the_headers(client, path):
    with client.get(path) as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "require-trusted-types-for 'script'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_a_nonce_is_used_once(client):
    nonces = {
        re.search("nonce-([^']+)", client.get("/help/api-keys").headers["Content-Security-Policy"])[1] for _ in range(5)
    }
    assert len(nonces) == 5


def test_an_answer_without_scripts_has_no_nonce(client):
    assert "nonce" not in client.get("/sign-in").headers["Content-Security-Policy"]


def test_the_nonce_of_the_policy_is_the_one_on_the_scripts(client):
    answer = client.get("/help/api-keys")
    nonce = re.search("nonce-([^']+)", answer.headers["Content-Security-Policy"])[1]
    assert answer.text.count(f'nonce="{nonce}"') == 3


@pytest.mark.parametrize("path", ["/profile", "/profile/password", "/profile/sessions", "/profile/api-credentials"])
@pytest.mark.parametrize("htmx", [False, True])
def test_nothing_of_a_person_is_kept_by_a_browser(visit, alice, path, htmx):
    answer = visit(alice, htmx=htmx).get(path)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"


def test_where_page_and_fragment_share_an_address_the_answer_says_so(visit, alice):
    assert {"HX-Request", "HX-Request-Type", "Cookie"} <= set(visit(alice).get("/profile/sessions").vary)


def test_a_static_file_is_kept_for_good_under_the_address_that_names_its_content(client):
    address = re.search(r'href="(/static/css/portal.css\?v=\w+)"', client.get("/sign-in").text)[1]
    with client.get(address) as kept, client.get("/static/css/portal.css") as asked:
        assert "immutable" in kept.headers["Cache-Control"]
        assert asked.headers["Cache-Control"] == "no-cache"


def test_over_plain_http_no_cookie_asks_for_https(client, alice):
    cookies = Visitor(client).try_password(alice.email).headers.getlist("Set-Cookie")
    assert [cookie.split("=")[0] for cookie in cookies] == ["portal_browser", "portal_session"]
    assert all("HttpOnly" in cookie and "SameSite=Lax" in cookie and "Secure" not in cookie for cookie in cookies)


def test_over_https_every_cookie_is_bound_to_it(https_app, alice):
    https_app.config["SERVER_NAME"] = "keys.example.org"
    https_app.config["PREFERRED_URL_SCHEME"] = "https"
    visitor = Visitor(https_app.test_client())
    visitor.headers = {"Referer": "https://keys.example.org/sign-in"}
    cookies = visitor.try_password(alice.email).headers.getlist("Set-Cookie")
    assert [cookie.split("=")[0] for cookie in cookies] == ["__Host-portal_browser", "__Host-portal_session"]
    assert all("Secure" in cookie and "Path=/" in cookie and "Domain" not in cookie for cookie in cookies)


def test_https_is_demanded_for_a_year_exactly_when_it_is_served(https_app, client):
    demand = https_app.test_client().get("/sign-in").headers["Strict-Transport-Security"]
    assert demand == "max-age=31536000"  # other names below this one may be plain http, and are not ours to judge
    assert "Strict-Transport-Security" not in client.get("/sign-in").headers
