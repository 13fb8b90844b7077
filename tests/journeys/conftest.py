"""The portal as people meet it: the real app behind a real socket, in a real Chromium.

`page` fails its test at the end when the browser printed an error or the content policy stopped something.
"""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, sync_playwright
from werkzeug.serving import BaseWSGIServer, make_server

from portal.accounts.models import Person
from tests import cast

pytestmark = pytest.mark.browser

CHROMIUM = shutil.which("chromium")
ARGUMENTS = [
    "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync",
]  # fmt: skip
# A form that comes back with its errors is a 422, and Chromium prints every 4xx as an error.
EXPECTED_STATUS = ("400", "401", "404", "405", "413", "422", "429")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "/journeys/" in str(item.path):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    if CHROMIUM is None:
        if os.environ.get("CI") == "true":
            pytest.fail("Chromium is missing; script/setup --system installs it.")
        pytest.skip("Chromium is missing; script/setup --system installs it.")
    browser = launch(playwright)
    yield browser
    browser.close()


def launch(playwright: Playwright, **options: Any) -> Browser:
    """Start Debian's Chromium; without its sandbox for root, who cannot have one."""
    arguments = [*ARGUMENTS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    return playwright.chromium.launch(executable_path=CHROMIUM, args=arguments, **options)


@pytest.fixture
def server(app: Flask) -> Iterator[BaseWSGIServer]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
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
def complaints() -> list[str]:
    """What the browser complained of. A test that breaks the server on purpose clears it."""
    return []


@pytest.fixture
def open_context(chromium: Browser, site: str, complaints: list[str]) -> Iterator[Callable[..., BrowserContext]]:
    """Open a browser with a profile of its own: `open_context(java_script_enabled=False)`."""
    contexts: list[BrowserContext] = []

    def open_one(**options: Any) -> BrowserContext:
        context = chromium.new_context(base_url=site, **options)
        context.set_default_timeout(5000)
        context.on("console", lambda message: _note(message, complaints))
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        contexts.append(context)
        return context

    yield open_one
    for context in contexts:
        context.close()
    assert complaints == [], "the browser complained"


@pytest.fixture
def page(open_context: Callable[..., BrowserContext]) -> Page:
    return open_context().new_page()


@pytest.fixture
def plain_page(open_context: Callable[..., BrowserContext]) -> Page:
    """A page of a browser without JavaScript."""
    return open_context(java_script_enabled=False).new_page()


@pytest.fixture
def sign_in() -> Callable[..., None]:
    """Sign someone in by the form: `sign_in(page, alice)`."""

    def do(page: Page, person: Person, password: str = cast.PASSWORD) -> None:
        page.goto("/sign-in")
        page.get_by_label("E-mail").fill(person.email)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/profile/api-credentials")

    return do


@pytest.fixture
def alices_page(page: Page, alice: Person, sign_in: Callable[..., None]) -> Page:
    sign_in(page, alice)
    return page


def find_barriers(page: Page) -> list[str]:
    """Return what axe finds on the page, one line each."""
    violations = Axe().run(page).response["violations"]
    return [f"{found['id']}: {node['html'][:120]}" for found in violations for node in found["nodes"]]


def _note(message: ConsoleMessage, complaints: list[str]) -> None:
    if message.type not in {"error", "warning"}:
        return
    failed = "Failed to load resource" in message.text
    if failed and any(f"status of {status}" in message.text for status in EXPECTED_STATUS):
        return
    complaints.append(f"{message.text} ({message.location.get('url', '')})")
