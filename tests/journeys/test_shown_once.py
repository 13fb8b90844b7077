"""A key is made once and shown once, whatever a person or a browser does: double click, reload, Back, two tabs."""

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Error, Page, expect
from sqlalchemy import select

from portal.keys.models import Key
from portal.keys.token import PATTERN
from tests.journeys.conftest import ARGUMENTS, CHROMIUM, PATIENCE_MS, launch

AS_PEOPLE_HAVE_IT = ["--disable-back-forward-cache"]  # Playwright's default, which hides what Back really shows


@pytest.fixture(params=[True, False], ids=["scripting", "no scripting"])
def contexts(request, playwright, site, chromium, complaints):
    """A browser with its back/forward cache on, with and without JavaScript."""
    browser = launch(playwright, ignore_default_args=AS_PEOPLE_HAVE_IT)
    context = browser.new_context(base_url=site, java_script_enabled=request.param)
    context.set_default_timeout(PATIENCE_MS)
    complaints.watch(context)
    yield context
    context.close()
    browser.close()


@pytest.fixture
def page(contexts: BrowserContext, alice, sign_in) -> Page:
    page = contexts.new_page()
    sign_in(page, alice)
    return page


def fill(page: Page, name: str = "nightly") -> None:
    page.get_by_role("link", name="Generate API key").click()
    page.wait_for_load_state()  # looked at earlier, a page has Bootstrap's styles without ours, which the policy stops
    page.get_by_label("Name", exact=True).fill(name)


def send(page: Page) -> None:
    page.get_by_role("button", name="Generate", exact=True).click()
    expect(page.locator("#notice")).to_be_visible()


def go(page: Page, direction: str) -> None:
    """Go back or forward; where the page was the answer to a form, the browser asks first instead of showing it."""
    try:
        getattr(page, f"go_{direction}")(wait_until="commit")
    except Error as error:
        assert "ERR_CACHE_MISS" in error.message  # noqa: PT017  # Chromium's "Confirm Form Resubmission"
    page.wait_for_timeout(500)


def keys(session):
    session.expire_all()
    return session.scalars(select(Key)).all()


def shows_a_token(page: Page) -> bool:
    return PATTERN.search(page.content()) is not None


def test_a_double_click_makes_one_key(page, session, complaints):
    complaints.expect(409)
    fill(page)
    page.get_by_role("button", name="Generate", exact=True).dblclick()
    expect(page.locator("#notice, #already").first).to_be_visible()
    assert len(keys(session)) == 1


def test_enter_pressed_twice_makes_one_key(page, session, complaints):
    complaints.expect(409)
    fill(page)
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.locator("#notice, #already").first).to_be_visible()
    assert len(keys(session)) == 1


def test_a_reload_makes_no_second_key_and_shows_the_first_no_more(page, session, complaints):
    complaints.expect(409)
    fill(page)
    send(page)
    page.reload()
    assert not shows_a_token(page)
    assert len(keys(session)) == 1


def test_back_does_not_show_the_key_again(page, session):
    fill(page)
    send(page)
    page.goto("/profile")
    go(page, "back")
    assert not shows_a_token(page)
    assert len(keys(session)) == 1


def test_back_and_forward_do_not_show_the_key_again(page):
    fill(page)
    send(page)
    page.goto("/help/api-keys")
    page.goto("/profile")
    for direction in ("back", "back", "forward"):
        go(page, direction)
        assert not shows_a_token(page)


def test_two_tabs_make_two_keys_and_each_shows_its_own(page, contexts, session):
    other = contexts.new_page()
    other.goto("/profile/api-credentials")
    fill(page, "first")
    fill(other, "second")
    send(page)
    send(other)
    assert {key.name for key in keys(session)} == {"first", "second"}


def test_signing_out_leaves_no_key_behind_the_back_button(page):
    fill(page)
    send(page)
    page.locator(".masthead summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in*")
    go(page, "back")
    assert not shows_a_token(page)


def test_the_browsers_storage_holds_nothing_of_the_key(page):
    fill(page)
    send(page)
    secret = PATTERN.search(page.locator("#the-key").text_content()).group().rpartition("_")[2]
    stored = page.context.storage_state()
    assert secret not in str(stored)


@pytest.mark.usefixtures("chromium")
@pytest.mark.parametrize("scripting", [True, False])
def test_nothing_of_the_key_is_on_the_disk(playwright, site, alice, sign_in, tmp_path, scripting, complaints):
    profile = tmp_path / "profile"
    context = playwright.chromium.launch_persistent_context(
        profile, executable_path=CHROMIUM, base_url=site, java_script_enabled=scripting,
        args=[*ARGUMENTS, "--no-sandbox"], ignore_default_args=AS_PEOPLE_HAVE_IT,
    )  # fmt: skip
    complaints.watch(context)
    page = context.new_page()
    sign_in(page, alice)
    fill(page)
    send(page)
    token = PATTERN.search(page.locator("#the-key").text_content()).group()
    page.goto("/profile")
    go(page, "back")
    context.close()
    assert not [path for path in files_in(profile) if token.rpartition("_")[2].encode() in path.read_bytes()]
    shutil.rmtree(profile)


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
