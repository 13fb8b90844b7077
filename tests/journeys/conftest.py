"""The portal as people meet it: the real app behind a real socket, in a real Chromium.

A test fails at its end when a browser printed an error or the content policy stopped something (`complaints`).
"""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import requests
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, expect
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import BaseWSGIServer, make_server

from examples import research_api
from portal.accounts.models import Person
from portal.config import Settings, SignUp
from portal.keys.peppers import Peppers
from tests import cast
from tests.support.form import fields_of
from tests.support.verifying import verifying

pytestmark = pytest.mark.browser

PATIENCE_MS = 20_000  # for what a person sees at once, on a machine that does other things as well
expect.set_options(timeout=PATIENCE_MS)
# Chromium without its own windows and menus: a page of it costs less than half.
CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium")
ARGUMENTS = [
    "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync",
]  # fmt: skip


class Complaints(list[str]):
    """What browsers complained of. Chromium prints every status above 399 as an error: a test says which it wants."""

    def __init__(self) -> None:
        super().__init__()
        self._expected: list[str] = []

    def expect(self, *statuses: int) -> None:
        """Take answers of these statuses for what they are from now on: a form with its errors is a 422."""
        self._expected += [f"the server responded with a status of {status} " for status in statuses]

    def watch(self, context: BrowserContext) -> None:
        """Listen to all pages of `context`."""
        context.on("console", self._note)
        context.on("weberror", lambda error: self.append(str(error.error)))

    def _note(self, message: ConsoleMessage) -> None:
        expected = any(status in message.text for status in self._expected)
        if message.type in {"error", "warning"} and not expected:
            self.append(f"{message.text} ({message.location.get('url', '')})")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "/journeys/" in str(item.path):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    if CHROMIUM is None:
        if os.environ.get("CI") == "true":
            pytest.fail("Chromium is missing; script/setup --system installs it.")
        pytest.skip("Chromium is missing; script/setup --system installs it.")
    browser = launch(playwright)
    yield browser
    browser.close()


def launch(playwright: Playwright, *more: str, **options: Any) -> Browser:
    """Start Debian's Chromium, with `more` arguments; without its sandbox for root, who cannot have one."""
    arguments = [*ARGUMENTS, *more, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    return playwright.chromium.launch(executable_path=CHROMIUM, args=arguments, **options)


@pytest.fixture
def sample(settings: Settings, peppers: Peppers) -> Iterator[Flask]:
    """The sample API, guarded by the portal's keys."""
    with verifying(settings, peppers) as (verifier, _recorder):
        yield research_api.create_app(verifier, settings)


def answered_whole(application: Callable[..., Any]) -> Callable[..., Any]:
    """Read and close each answer before it is sent: Werkzeug's server closes none whose browser has left meanwhile."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        parts = application(environ, start_response)
        try:
            return [b"".join(parts)]
        finally:
            if hasattr(parts, "close"):
                parts.close()

    return answer


@pytest.fixture
def server(app: Flask, sample: Flask) -> Iterator[BaseWSGIServer]:
    both = DispatcherMiddleware(app, {"/sample": sample})
    server = make_server("127.0.0.1", 0, answered_whole(both), threaded=True)
    server.daemon_threads = False  # the test ends when every request was answered, and no file is left open
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def site(server: BaseWSGIServer) -> str:
    """The address of the portal."""
    return f"http://127.0.0.1:{server.server_port}"


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    """What the browsers of the test complain of; a test that breaks the server on purpose clears it."""
    complaints = Complaints()
    yield complaints
    assert complaints == [], "the browser complained"


@pytest.fixture
def open_context(chromium: Browser, site: str, complaints: Complaints) -> Iterator[Callable[..., BrowserContext]]:
    """Open a browser with a profile of its own: `open_context(java_script_enabled=False)`."""
    contexts: list[BrowserContext] = []

    def open_one(**options: Any) -> BrowserContext:
        context = chromium.new_context(base_url=site, **options)
        context.set_default_timeout(PATIENCE_MS)
        complaints.watch(context)
        contexts.append(context)
        return context

    yield open_one
    for context in contexts:
        context.close()


@pytest.fixture
def page(open_context: Callable[..., BrowserContext]) -> Page:
    return open_context().new_page()


@pytest.fixture
def plain_page(open_context: Callable[..., BrowserContext]) -> Page:
    """A page of a browser without JavaScript."""
    return open_context(java_script_enabled=False).new_page()


@pytest.fixture
def sign_in(site: str) -> Callable[..., None]:
    """Sign someone in, `sign_in(page, alice)`: the form is sent beside the browser, which gets the cookies of it."""

    def do(page: Page, person: Person, password: str = cast.PASSWORD) -> None:
        agent = page.evaluate("navigator.userAgent")
        with requests.Session() as beside:
            beside.headers["User-Agent"] = agent
            form = fields_of(beside.get(f"{site}/sign-in").text, "/sign-in")
            answer = beside.post(f"{site}/sign-in", form | {"email": person.email, "password": password}, timeout=10)
            assert answer.url.endswith("/profile/api-credentials"), answer.status_code
            page.context.add_cookies(
                [{"name": name, "value": value, "url": site} for name, value in beside.cookies.items()]
            )
        page.goto("/profile/api-credentials")

    return do


@pytest.fixture
def alices_page(page: Page, alice: Person, sign_in: Callable[..., None]) -> Page:
    sign_in(page, alice)
    return page


def open_the_door(app: Flask) -> None:
    """Let everyone make an account."""
    portal = app.extensions["portal"]
    settings = portal.settings.model_copy(update={"sign_up": SignUp.OPEN})
    app.extensions["portal"] = replace(portal, settings=settings)
    app.jinja_env.globals["site"] = settings
