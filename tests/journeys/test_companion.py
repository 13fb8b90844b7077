"""The companion app, opened from the portal, in a real Chromium: three servers, as people have them."""

import json
import threading
from dataclasses import replace

import pytest
from playwright.sync_api import expect
from werkzeug.serving import make_server

from examples import companion
from examples.companion.portal import Portal

LIST = "/profile/api-credentials"


@pytest.fixture
def endpoint(app, site):
    """Let the portal tell apps where this test's API is."""
    settings = app.extensions["portal"].settings.model_copy(update={"api_endpoint": f"{site}/sample"})
    app.extensions["portal"] = replace(app.extensions["portal"], settings=settings)


@pytest.fixture
def address(app, site, endpoint):
    """The address of a companion that is connected to the portal."""
    server = make_server("127.0.0.1", 0, None, threaded=True)
    launch = f"http://127.0.0.1:{server.server_port}/open"
    added = app.test_cli_runner().invoke(
        args=["apps", "add", "Companion", "--launch", launch, "--resource", "collection://*", "--json"]
    )
    told = json.loads(added.stdout)
    server.app = companion.create_app(Portal(site, told["app"], told["secret"]))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield launch.removesuffix("/open")
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(params=[True, False], ids=["scripting", "no scripting"])
def tab(request, open_context):
    return open_context(java_script_enabled=request.param).new_page()


def open_from_the_menu(tab):
    tab.locator("#masthead summary").click()
    tab.get_by_role("link", name="Open in Companion").click()
    tab.get_by_role("button", name="Open Companion").click()


def test_it_is_opened_from_the_menu_and_calls_the_api_until_its_key_is_revoked(
    tab, alice, issue, sign_in, address, site
):
    issue(alice, "own")
    sign_in(tab, alice)
    open_from_the_menu(tab)
    expect(tab.get_by_text("You are alice@example.org")).to_be_visible()
    expect(tab.get_by_text("12.47 m")).to_be_visible()
    assert "code=" not in tab.url

    tab.goto(LIST)
    tab.get_by_role("link", name="Revoke API key: Companion").click()
    tab.get_by_role("button", name="Revoke", exact=True).click()
    expect(tab.get_by_text("Revoked Companion. It is refused from now on.").first).to_be_attached()
    tab.goto(address)
    expect(tab.get_by_text("This key was revoked for good.")).to_be_visible()


def test_it_may_begin_itself_and_knows_its_own_visit(tab, alice, issue, sign_in, address):
    issue(alice, "own")
    sign_in(tab, alice)
    tab.goto(address)
    tab.get_by_role("link", name="Open with my account").click()
    tab.get_by_role("button", name="Open Companion").click()
    expect(tab.get_by_text("12.47 m")).to_be_visible()


def test_a_visit_that_was_begun_elsewhere_is_refused(tab, address, complaints):
    complaints.expect(400)
    tab.goto(f"{address}/open?code=stolen&state=made-up")
    expect(tab.get_by_role("alert")).to_have_text("This visit was not begun in this browser.")


def test_a_person_without_a_key_is_asked_to_make_one_first(tab, alice, sign_in, address):
    sign_in(tab, alice)
    tab.locator("#masthead summary").click()
    tab.get_by_role("link", name="Open in Companion").click()
    tab.get_by_role("link", name="Generate API key").click()
    tab.get_by_label("Name", exact=True).fill("mine")
    tab.get_by_role("button", name="Generate", exact=True).click()
    expect(tab.locator("#notice")).to_be_visible()
