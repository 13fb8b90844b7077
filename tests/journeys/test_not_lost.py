"""What a person has not taken care of yet is not lost: a new key, a name half typed, a place in the list."""

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.test_api_credentials import generate


@pytest.fixture
def asked(alices_page: Page) -> list[str]:
    """The kinds of questions that the browser asked; each is answered with "stay"."""
    questions: list[str] = []
    alices_page.on("dialog", lambda dialog: (questions.append(dialog.type), dialog.dismiss()))
    return questions


def leave(page: Page) -> None:
    page.evaluate("setTimeout(() => location.assign('/profile'))")
    page.wait_for_timeout(600)


def test_leaving_before_the_key_was_copied_asks_first(alices_page, asked):
    generate(alices_page)
    alices_page.get_by_role("button", name="Reveal API key").click()
    leave(alices_page)
    assert asked == ["beforeunload"]
    expect(alices_page.locator("#notice")).to_be_visible()


@pytest.mark.parametrize("name", ["Copy API key", "credentials.json"])
def test_leaving_after_the_key_was_taken_asks_nothing(alices_page, asked, name):
    alices_page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    generate(alices_page)
    alices_page.get_by_role("button", name=name).click()
    alices_page.wait_for_timeout(500)
    leave(alices_page)
    alices_page.wait_for_url("**/profile")
    assert asked == []


def test_leaving_after_done_asks_nothing(alices_page, asked):
    generate(alices_page)
    alices_page.get_by_role("link", name="Done").click()
    expect(alices_page.locator("#notice")).to_have_count(0)
    leave(alices_page)
    alices_page.wait_for_url("**/profile")
    assert asked == []


def test_links_in_the_notice_open_beside_it(alices_page):
    generate(alices_page)
    with alices_page.expect_popup():
        alices_page.locator("#notice").get_by_role("link", name="What is an API key?").click()
    expect(alices_page.locator("#notice")).to_be_visible()


def test_no_button_replaces_a_key_that_is_shown(alices_page):
    generate(alices_page)
    expect(alices_page.get_by_role("link", name="Generate API key")).to_have_count(0)


def test_turning_the_page_keeps_the_notice(page, alice, issue, sign_in):
    for number in range(30):
        issue(alice, f"key {number}")
    sign_in(page, alice)
    generate(page)
    page.get_by_role("link", name="Next page").click()
    expect(page.get_by_text("26–31 of 31")).to_be_visible()
    expect(page.locator("#notice")).to_be_visible()


def test_on_a_phone_the_notice_is_shown_from_its_top(open_context, alice, sign_in):
    page = open_context(viewport={"width": 360, "height": 640}).new_page()
    sign_in(page, alice)
    generate(page)
    expect(page.get_by_role("heading", name="Your new key “nightly”")).to_be_in_viewport()
    expect(page.locator("#the-key")).to_be_in_viewport()


def test_a_lost_server_is_said_where_the_person_is(open_context, alice, issue, sign_in, complaints):
    for number in range(30):
        issue(alice, f"key {number}")
    page = open_context(viewport={"width": 1000, "height": 500}).new_page()
    sign_in(page, alice)
    last = page.get_by_role("link", name="Revoke API key").last
    last.scroll_into_view_if_needed()
    page.route("**/revoke**", lambda route: route.abort())
    last.click()
    expect(page.locator("#trouble")).to_be_in_viewport()
    complaints.clear()


def test_escape_leaves_a_name_as_it_was(page, alice, issue, sign_in):
    issue(alice, "as it was")
    sign_in(page, alice)
    page.get_by_role("link", name="Edit API key: as it was").click()
    page.get_by_label("New name of as it was").fill("other")
    page.keyboard.press("Escape")
    expect(page.get_by_role("rowheader", name="as it was")).to_be_visible()


@pytest.mark.parametrize("width", [320, 360, 768, 800, 900, 960, 1024])
def test_nothing_scrolls_sideways_at_any_width(open_context, alice, issue, session, sign_in, width):
    issue(alice, "W" * 64)
    page = open_context(viewport={"width": width, "height": 740}).new_page()
    sign_in(page, alice)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_menu_closes_when_the_focus_leaves_it(alices_page):
    alices_page.locator(".masthead summary").click()
    alices_page.get_by_role("button", name="Sign out").focus()
    alices_page.keyboard.press("Tab")
    expect(alices_page.get_by_role("button", name="Sign out")).to_be_hidden()


def test_a_dismissed_message_leaves_the_focus_at_the_list(page, alice, issue, session, sign_in):
    from portal.accounts import banners

    for number in range(2):
        banners.tell(
            session, alice.id, "key-revoked", public_id=f"ptl_{number}", name="ci", by="ada@example.org", reason=None
        )
    session.commit()
    issue(alice)
    sign_in(page, alice)
    page.get_by_role("button", name="Dismiss").first.click()
    expect(page.get_by_role("button", name="Dismiss")).to_have_count(1)
    expect(page.locator("#keys-title")).to_be_focused()
