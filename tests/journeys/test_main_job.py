"""The main job: start the server, sign in, make a key, call an API with it, revoke it, be refused."""

from collections.abc import Iterator
from itertools import count

import pytest
import requests
from playwright.sync_api import Page, expect

from portal.keys.token import PATTERN
from tests.server.conftest import start_for_all  # noqa: F401  # a fixture
from tests.server.house import House

pytestmark = pytest.mark.server

EMAIL, PASSWORD = "ada@example.org", "tidal orchid ferry lamp"
_NUMBERS = count()


@pytest.fixture(scope="module")
def house(start_for_all) -> House:  # noqa: F811
    return start_for_all(PORTAL_ADMIN_EMAIL=EMAIL, PORTAL_ADMIN_PASSWORD=PASSWORD).wait_until_ready()


@pytest.fixture(params=[True, False], ids=["scripting", "no scripting"])
def page(request, house, chromium) -> Iterator[Page]:
    page = chromium.new_page(base_url=house.url, java_script_enabled=request.param)
    yield page
    page.close()


@pytest.fixture
def name() -> str:
    """A name that no other key has."""
    return f"key-{next(_NUMBERS)}"


def test_a_key_made_in_the_browser_works_until_it_is_revoked_there(house, page, name):
    page.goto("/")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()

    page.get_by_role("link", name="Generate API key").click()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Generate", exact=True).click()
    token = PATTERN.search(page.locator("#the-key").text_content()).group()

    calls = [
        lambda: requests.get(f"{house.url}/sample/whoami", headers={"Authorization": f"Bearer {token}"}, timeout=20),
        lambda: requests.get(f"{house.url}/sample/whoami", auth=("apikey", token), timeout=20),
        lambda: requests.get(f"{house.url}/auth", headers={"X-API-Key": token}, timeout=20),
        lambda: requests.get(f"{house.lane_url}/auth", headers={"X-API-Key": token}, timeout=20),
    ]
    assert [call().status_code for call in calls] == [200] * 4
    assert calls[0]().json()["email"] == EMAIL

    page.get_by_role("link", name="Done").click()
    page.get_by_role("link", name=f"Revoke API key: {name}").click()
    page.get_by_role("button", name="Revoke", exact=True).click()
    expect(page.get_by_text(f"Revoked {name}. It is refused from now on.").first).to_be_attached()

    refused = [call() for call in calls]
    assert [(answer.status_code, answer.headers["X-Auth-Reason"]) for answer in refused] == [(401, "revoked")] * 4


def test_a_paused_key_is_refused_until_it_is_resumed(house, page, name):
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/api-credentials")
    token = house.flask("keys", "issue", EMAIL, "--name", name)
    page.reload()
    page.get_by_role("link", name=name, exact=True).click()

    answers = []
    for act in ("Pause", "Resume"):
        page.get_by_role("button", name=act).click()
        expect(page.get_by_role("button", name={"Pause": "Resume", "Resume": "Pause"}[act])).to_be_visible()
        answer = requests.get(f"{house.url}/sample/whoami", headers={"X-API-Key": token}, timeout=20)
        answers.append((answer.status_code, answer.headers.get("X-Auth-Reason")))
    assert answers == [(401, "paused"), (200, None)]


def test_the_list_shows_the_use_within_seconds(house, page, name):
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    token = house.flask("keys", "issue", EMAIL, "--name", name)
    page.reload()
    expect(page.get_by_role("row").filter(has_text=name)).to_contain_text("Never used")
    requests.get(f"{house.lane_url}/auth", headers={"X-API-Key": token}, timeout=20)
    page.wait_for_timeout(3000)
    page.reload()
    expect(page.get_by_role("row").filter(has_text=name)).to_contain_text("from 127.0.0.1")
