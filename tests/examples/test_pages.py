"""The pages of the sample API: what they say, and *Run*."""

import os
import re
import subprocess
import sys
from urllib.parse import urlsplit

import pytest

from examples.research_api import console
from examples.research_api.algorithms import ALGORITHMS
from examples.research_api.app import BODY_LIMIT
from examples.research_api.snippets import LANGUAGES, snippets
from portal.policy.reasons import Reason

HELLO = "/docs/algo/demo/Hello"
ARCHIVE = "/docs/algo/demo/Archive"
PAGES = ["/docs", *(f"/docs/algo/{one.owner}/{one.name}" for one in ALGORITHMS)]


def run(call, path, key, text="World", kind="text/plain", **headers):
    return call("POST", path, data={"input": text, "type": kind, "key": key}, headers=headers)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_open_to_everyone_and_plain(call, path):
    reply = call("GET", path)
    assert (reply.status_code, reply.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "<script" not in reply.text
    assert "style=" not in reply.text
    assert "Set-Cookie" not in reply.headers
    assert "script-src" not in reply.headers["Content-Security-Policy"]
    assert reply.headers["Content-Security-Policy"].startswith("default-src 'none'")


@pytest.mark.parametrize("path", PAGES)
def test_what_a_page_loads_is_there_and_its_own(call, path):
    for address in set(re.findall(r'<link[^>]*href="([^"]+)"', call("GET", path).text)):
        assert urlsplit(address).netloc == ""
        assert call("GET", address).status_code == 200


@pytest.mark.parametrize("path", PAGES)
def test_a_page_shows_the_addresses_of_the_installation_and_not_those_of_a_request(api, path):
    page = api.test_client().get(path, base_url="http://evil.example/sample/").text
    assert "http://127.0.0.1:8000/sample" in page
    assert "evil.example" not in page


def test_the_index_names_every_algorithm_with_its_page_and_what_it_needs(call):
    page = call("GET", "/docs").text
    for one in ALGORITHMS:
        assert f"/docs/algo/{one.owner}/{one.name}" in page
        assert one.resource in page
    assert "and the right to write data" in page
    for words in ("Read &amp; write", "collection://", "query://", "environment://", *map(str, Reason)):
        assert words in page


@pytest.mark.parametrize("algorithm", ALGORITHMS, ids=lambda one: one.name)
def test_the_page_of_an_algorithm_names_its_resource_its_right_and_every_language(call, algorithm):
    page = call("GET", f"/docs/algo/{algorithm.owner}/{algorithm.name}").text
    assert f'<code class="uri">{algorithm.resource}</code>' in page
    assert ("it saves its result" in page) == algorithm.saves
    for label in LANGUAGES.values():
        assert f"<summary>{label}</summary>" in page


def test_an_algorithm_that_is_not_there_has_no_page(call):
    assert call("GET", "/docs/algo/demo/Nothing").status_code == 404
    assert run(call, "/docs/algo/demo/Nothing", "x").status_code == 404


def test_run_shows_the_answer(call, key):
    reply = run(call, HELLO, key())
    assert reply.status_code == 200
    assert "200 OK" in reply.text
    assert "&#34;Hello World&#34;" in reply.text


def test_run_saves_what_the_algorithm_saves(call, key):
    token = key()
    asked = '{"text": "One.", "file": "from/the-page.json"}'
    assert run(call, ARCHIVE, token, asked, "application/json").status_code == 200
    assert call("GET", "/v1/data/from/the-page.json", token).json()["words"] == 1


def test_run_refuses_as_the_api_does(call, key):
    reply = run(call, ARCHIVE, key(data="read"), '{"text": "One."}', "application/json")
    assert (reply.status_code, reply.headers["X-Auth-Reason"]) == (403, Reason.DATA_ACCESS_DENIED)
    assert "This key has no right to write data." in reply.text
    assert run(call, HELLO, key(resources=["algo://nlp/*"])).headers["X-Auth-Reason"] == Reason.RESOURCE_NOT_ALLOWED


@pytest.mark.parametrize(
    ("sent", "reason"), [("", "missing"), ("  ", "missing"), ("x", "malformed"), ("é", "malformed")]
)
def test_run_without_a_good_key_says_why(call, sent, reason):
    reply = run(call, HELLO, sent)
    assert (reply.status_code, reply.headers["X-Auth-Reason"]) == (401, reason)
    assert "Bearer" in reply.headers["WWW-Authenticate"]


def test_run_does_not_make_a_browser_ask_for_a_password(call):
    reply = run(call, HELLO, "x", **{"User-Agent": "Mozilla/5.0"})
    assert "Basic" not in reply.headers["WWW-Authenticate"]


def test_run_is_a_call_of_a_native_client_from_the_persons_own_address(call, key):
    page = {"Origin": "http://127.0.0.1", "Referer": "http://127.0.0.1/sample/docs", "Sec-Fetch-Site": "same-origin"}
    assert run(call, HELLO, key(), **page).status_code == 200
    elsewhere = run(call, HELLO, key(networks=["203.0.113.0/24"]), **page)
    assert elsewhere.headers["X-Auth-Reason"] == Reason.ADDRESS_NOT_ALLOWED
    assert run(call, HELLO, key(networks=["127.0.0.0/8"]), **page).status_code == 200
    of_pages = key(origin={"native": False, "hosts": ["127.0.0.1"]})
    assert run(call, HELLO, of_pages, **page).headers["X-Auth-Reason"] == Reason.ORIGIN_NOT_ALLOWED


def test_run_spends_the_keys_quota(call, key):
    token = key(quota="1/day")
    assert [run(call, HELLO, token).status_code for _ in range(2)] == [200, 429]


def test_run_shows_no_key_again_and_lets_nothing_be_kept(call, key):
    token = key()
    reply = run(call, HELLO, token, "<b>World</b>")
    assert token not in reply.text + str(reply.headers)
    assert 'autocomplete="off"' in reply.text
    assert reply.headers["Cache-Control"] == "no-store"
    assert "<b>World" not in reply.text
    assert "&lt;b&gt;World&lt;/b&gt;</textarea>" in reply.text


def test_run_keeps_the_input_and_its_kind(call):
    reply = run(call, HELLO, "", '"World"', "application/json")
    assert "&#34;World&#34;</textarea>" in reply.text
    assert re.search(r'value="application/json"\s+checked', reply.text)


def test_run_tells_of_bad_input(call, key):
    reply = run(call, HELLO, key(), "{", "application/json")
    assert (reply.status_code, "The body is not JSON" in reply.text) == (400, True)


def test_run_tells_of_too_much_input_on_the_page(call, key):
    reply = run(call, HELLO, key(), "a" * (BODY_LIMIT + 1))
    assert (reply.status_code, f"Send at most {BODY_LIMIT} bytes." in reply.text) == (413, True)
    assert reply.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"},
        {"Origin": "null"}, {"Origin": "http://["}, {"Origin": "http://127.0.0.1.evil.example"},
    ],
)  # fmt: skip
def test_a_form_from_another_site_is_refused_and_calls_nothing(call, key, headers, monkeypatch):
    monkeypatch.setattr(console, "_call", lambda *_: pytest.fail("it was called"))
    reply = run(call, HELLO, key(), **headers)
    assert (reply.status_code, reply.json()["reason"]) == (403, "cross-site")


def test_the_pages_wear_the_installations_accent(api):
    assert b"--portal-accent: #0d5c6b;" in api.test_client().get("/look.css").data


def test_the_python_snippet_runs_as_it_stands(api, address, key):
    token = key()
    for algorithm in ALGORITHMS:
        with api.test_request_context():
            text = {one.language: one.text for one in snippets(algorithm, address)}["python"]
        done = subprocess.run(
            [sys.executable, "-c", text], env=os.environ | {"PORTAL_API_KEY": token}, capture_output=True, text=True,
            timeout=30, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert done.stdout


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_snippet_reads_the_key_from_the_environment(api, language):
    with api.test_request_context():
        for algorithm in ALGORITHMS:
            text = {one.language: one.text for one in snippets(algorithm, "https://api.example.org")}[language]
            assert "PORTAL_API_KEY" in text
            assert f"https://api.example.org/v1/algo/{algorithm.owner}/{algorithm.name}" in text
            assert "ptl_" not in text
