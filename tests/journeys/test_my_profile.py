"""My profile: the password, the sign-ins, help, and what happens when a sign-in or the server is gone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from portal.accounts import throttle
from portal.accounts.models import Person
from tests import cast
from tests.journeys.conftest import Complaints

NEW_PASSWORD = "violet kettle under the stairs"
PAGES = ["/profile", "/profile/password", "/profile/sessions", "/profile/api-credentials", "/help/api-keys", "/no/page"]


def change_password(page: Page, current: str, new: str) -> None:
    page.get_by_label("Current password").fill(current)
    page.get_by_label("New password").fill(new)
    page.get_by_role("button", name="Change password").click()


def test_changing_the_password_signs_out_every_other_browser(
    alices_page: Page, alice: Person, sign_in: Callable[..., None], open_context: Callable[..., BrowserContext]
) -> None:
    elsewhere = open_context().new_page()
    sign_in(elsewhere, alice)
    alices_page.goto("/profile/password")
    change_password(alices_page, cast.PASSWORD, NEW_PASSWORD)
    said = alices_page.get_by_text("Your password is changed, and every other browser is signed out.")
    expect(said).to_be_visible()
    expect(said).to_be_focused()
    elsewhere.goto("/profile")
    expect(elsewhere.get_by_role("heading", name="Sign in")).to_be_visible()
    elsewhere.get_by_label("E-mail").fill(alice.email)
    elsewhere.get_by_label("Password").fill(NEW_PASSWORD)
    elsewhere.get_by_role("button", name="Sign in").click()
    expect(elsewhere.get_by_role("heading", name="My profile")).to_be_visible()


def test_a_wrong_current_password_comes_back_in_place_with_the_focus(alices_page: Page, complaints: Complaints) -> None:
    complaints.expect(422)
    alices_page.goto("/profile/password")
    change_password(alices_page, "not the password", NEW_PASSWORD)
    expect(alices_page.get_by_text("This is not your current password.")).to_be_visible()
    expect(alices_page.get_by_label("Current password")).to_be_focused()


def test_who_guesses_too_often_is_told_in_the_form_how_long_to_wait(
    alices_page: Page, complaints: Complaints, monkeypatch: pytest.MonkeyPatch
) -> None:
    complaints.expect(422, 429)
    monkeypatch.setattr(throttle, "PER_PERSON", 1)
    alices_page.goto("/profile/password")
    change_password(alices_page, "not the password", NEW_PASSWORD)
    expect(alices_page.get_by_text("This is not your current password.")).to_be_visible()
    change_password(alices_page, "not the password", NEW_PASSWORD)
    expect(alices_page.get_by_text("Too many wrong passwords. Try again in 5 minutes.")).to_be_focused()
    expect(alices_page.locator("#trouble")).to_have_text("")


def test_a_weak_new_password_is_refused_with_a_reason(alices_page: Page, complaints: Complaints) -> None:
    complaints.expect(422)
    alices_page.goto("/profile/password")
    change_password(alices_page, cast.PASSWORD, "alice@example.org")
    expect(alices_page.get_by_text("easy to guess")).to_be_visible()
    expect(alices_page.get_by_label("New password")).to_be_focused()


def test_a_browser_is_signed_out_from_another_one(
    alices_page: Page, alice: Person, sign_in: Callable[..., None], open_context: Callable[..., BrowserContext]
) -> None:
    elsewhere = open_context(user_agent="Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/146.0").new_page()
    sign_in(elsewhere, alice)
    alices_page.goto("/profile/sessions")
    alices_page.get_by_role("row", name="Firefox on Windows").get_by_role("button", name="Sign out").click()
    expect(alices_page.get_by_role("row", name="Firefox on Windows")).to_have_count(0)
    expect(alices_page.locator("#live")).to_contain_text("That browser is signed out.")
    expect(alices_page.locator("#sign-ins")).to_be_focused()
    elsewhere.goto("/profile")
    expect(elsewhere.get_by_role("heading", name="Sign in")).to_be_visible()


def test_signing_out_everywhere_ends_this_browser_too(alices_page: Page) -> None:
    alices_page.goto("/profile/sessions")
    alices_page.get_by_role("button", name="Sign out everywhere").click()
    expect(alices_page.get_by_text("You are signed out everywhere.")).to_be_visible()
    alices_page.goto("/profile")
    expect(alices_page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_sign_in_that_died_inside_a_fragment_leads_to_signing_in_and_back(
    alices_page: Page, alice: Person, open_context: Callable[..., BrowserContext], sign_in: Callable[..., None],
    complaints: Complaints,
) -> None:  # fmt: skip
    complaints.expect(401)
    alices_page.goto("/profile/password")
    elsewhere = open_context().new_page()
    sign_in(elsewhere, alice)
    elsewhere.goto("/profile/sessions")
    elsewhere.get_by_role("button", name="Sign out everywhere").click()
    elsewhere.wait_for_url("**/sign-in")
    change_password(alices_page, cast.PASSWORD, NEW_PASSWORD)
    alices_page.wait_for_url("**/sign-in?next=/profile/password")
    expect(alices_page.get_by_text("Your session has ended. Sign in to go on; nothing was changed.")).to_be_visible()
    alices_page.get_by_label("E-mail").fill(alice.email)
    alices_page.get_by_label("Password").fill(cast.PASSWORD)
    alices_page.get_by_role("button", name="Sign in").click()
    expect(alices_page.get_by_role("heading", name="Password")).to_be_visible()


def test_a_form_of_an_earlier_sign_in_says_so_and_keeps_the_page(
    alices_page: Page, alice: Person, sign_in: Callable[..., None], complaints: Complaints
) -> None:
    complaints.expect(400)
    alices_page.goto("/profile/password")
    second_tab = alices_page.context.new_page()
    second_tab.goto("/profile")
    second_tab.locator(".masthead .menu summary").click()
    second_tab.get_by_role("button", name="Sign out").click()
    second_tab.wait_for_url("**/sign-in")
    sign_in(second_tab, alice)
    change_password(alices_page, cast.PASSWORD, NEW_PASSWORD)
    expect(alices_page.get_by_text("This form was too old.")).to_be_visible()
    expect(alices_page.get_by_label("New password")).to_have_value(NEW_PASSWORD)


@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_what_a_proxy_answers_in_the_portals_place_never_lands_in_the_page(
    alices_page: Page, complaints: Complaints, status: int
) -> None:
    complaints.expect(status)
    alices_page.goto("/profile/password")
    alices_page.route("**/profile/password", lambda route: route.fulfill(status=status, body="<h1>nginx</h1>"))
    with alices_page.expect_response("**/profile/password"):
        change_password(alices_page, cast.PASSWORD, NEW_PASSWORD)
    expect(alices_page.locator("#trouble")).to_contain_text(
        "The portal is busy" if status in {429, 503} else "did not work"
    )
    expect(alices_page.get_by_label("New password")).to_have_value(NEW_PASSWORD)
    expect(alices_page.get_by_text("nginx")).to_have_count(0)


def test_a_server_that_is_gone_is_said_on_the_page(alices_page: Page, complaints: Complaints) -> None:
    alices_page.goto("/profile/password")
    alices_page.route("**/profile/password", lambda route: route.abort("connectionrefused"))
    change_password(alices_page, cast.PASSWORD, NEW_PASSWORD)
    expect(alices_page.locator("#trouble")).to_contain_text("The portal cannot be reached.")
    expect(alices_page.get_by_role("button", name="Change password")).to_be_enabled()
    complaints.clear()


def test_a_snippet_is_copied_and_said_to_be(alice: Person, open_context: Callable[..., BrowserContext]) -> None:
    page = open_context(permissions=["clipboard-read", "clipboard-write"]).new_page()
    page.goto("/help/api-keys")
    page.get_by_role("button", name="curl, with .netrc").click()
    expect(page.locator("#live")).to_have_text("Copied!")
    assert page.evaluate("navigator.clipboard.readText()").startswith("curl --netrc http://")


def test_without_a_clipboard_the_text_is_selected_instead(page: Page) -> None:
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', {}); document.execCommand = () => false;")
    page.goto("/help/api-keys")
    page.get_by_role("button", name="curl, with .netrc").click()
    expect(page.locator("#live")).to_have_text("Press Ctrl+C")
    assert page.evaluate("getSelection().toString()").startswith("curl --netrc http://")


def test_nothing_scrolls_sideways_on_a_phone(alices_page: Page, complaints: Complaints) -> None:
    complaints.expect(404)
    alices_page.set_viewport_size({"width": 360, "height": 740})
    for path in PAGES:
        alices_page.goto(path)
        assert alices_page.evaluate("document.documentElement.scrollWidth") <= 360, path


def test_the_password_is_changed_without_javascript(
    plain_page: Page, alice: Person, sign_in: Callable[..., None], complaints: Complaints
) -> None:
    complaints.expect(422)
    sign_in(plain_page, alice)
    plain_page.goto("/profile/password")
    change_password(plain_page, "not the password", NEW_PASSWORD)
    expect(plain_page.get_by_text("This is not your current password.")).to_be_visible()
    change_password(plain_page, cast.PASSWORD, NEW_PASSWORD)
    expect(plain_page.get_by_text("Your password is changed.")).to_be_visible()


def test_sign_ins_are_ended_without_javascript(plain_page: Page, alice: Person, sign_in: Callable[..., None]) -> None:
    sign_in(plain_page, alice)
    plain_page.goto("/profile/sessions")
    plain_page.get_by_role("row", name="This browser").get_by_role("button", name="Sign out").click()
    expect(plain_page.get_by_text("You are signed out.")).to_be_visible()
