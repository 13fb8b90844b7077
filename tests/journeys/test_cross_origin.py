"""Web pages of two origins call the sample API with the key of one of them, in a real Chromium."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Error, Page

from portal.policy.policy import Policy
from tests.journeys.conftest import CHROMIUM, launch

NAMES = ("www.example.org", "www.example.org.evil.example", "example.org")
FETCH = """async ([url, token, method, body]) => {
    const answer = await fetch(url, {method, headers: {Authorization: `Bearer ${token}`}, body});
    return [answer.status, await answer.text()];
}"""


@pytest.fixture
def web(tmp_path) -> Iterator[int]:
    """The port of a web server that has the pages of all the `NAMES`."""
    (tmp_path / "page.html").write_text("<!doctype html><title>A page</title><link rel=icon href='data:,'>")
    quiet = type("Quiet", (SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(quiet, directory=tmp_path))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def tab(playwright, chromium) -> Iterator[Page]:
    """A tab of a browser that finds all the `NAMES` on this machine."""
    assert CHROMIUM
    browser = launch(playwright, "--host-resolver-rules=" + ",".join(f"MAP {name} 127.0.0.1" for name in NAMES))
    yield browser.new_page()
    browser.close()


@pytest.fixture
def token(alice, issue):
    rules = {"origin": {"native": False, "hosts": ["www.example.org"]}, "resources": ["algo://*"], "data": "write"}
    return issue(alice, "page", policy=Policy.read(rules))[1]


@pytest.mark.parametrize("path", ["/sample/whoami", "/sample/v1/data/"])
def test_a_page_on_the_keys_host_reads_the_answer(tab, web, site, token, path):
    tab.goto(f"http://www.example.org:{web}/page.html")
    assert tab.evaluate(FETCH, [site + path, token, "GET", None])[0] == 200


def test_a_page_on_the_keys_host_writes_too(tab, web, site, token):
    tab.goto(f"http://www.example.org:{web}/page.html")
    assert tab.evaluate(FETCH, [f"{site}/sample/v1/data/note.txt", token, "PUT", "from a page"])[0] in {200, 201, 204}
    assert tab.evaluate(FETCH, [f"{site}/sample/v1/data/note.txt", token, "GET", None]) == [200, "from a page"]


@pytest.mark.parametrize("name", ["www.example.org.evil.example", "example.org"])
def test_a_page_elsewhere_cannot(tab, web, site, token, name):
    tab.goto(f"http://{name}:{web}/page.html")
    with pytest.raises(Error, match="Failed to fetch"):
        tab.evaluate(FETCH, [f"{site}/sample/whoami", token, "GET", None])


def test_a_page_elsewhere_cannot_write_unseen_either(tab, web, site, token):
    tab.goto(f"http://www.example.org.evil.example:{web}/page.html")
    with pytest.raises(Error, match="Failed to fetch"):
        tab.evaluate(FETCH, [f"{site}/sample/v1/data/planted.txt", token, "PUT", "planted"])
    tab.goto(f"http://www.example.org:{web}/page.html")
    assert tab.evaluate(FETCH, [f"{site}/sample/v1/data/planted.txt", token, "GET", None])[0] == 404
