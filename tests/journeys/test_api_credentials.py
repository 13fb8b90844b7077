"""The API credentials page in a browser: make a key, copy it, rename it, revoke it."""

import re
import time

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from portal.keys.models import Key
from portal.keys.token import PATTERN, Token

NO_CLIPBOARD = "void (navigator.clipboard.writeText = () => Promise.reject(new Error('refused')))"


def generate(page: Page, name: str = "nightly") -> None:
    page.get_by_role("link", name="Generate API key").click()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Generate", exact=True).click()
    expect(page.get_by_role("heading", name=f"Your new key “{name}”")).to_be_visible()


def shown_token(page: Page) -> str:
    return PATTERN.search(page.locator("#the-key").text_content()).group()


def living(session):
    session.expire_all()
    return [key.name for key in session.scalars(select(Key).where(Key.revoked_at.is_(None)))]


def test_a_new_key_is_hidden_until_its_eye_is_pressed(alices_page):
    generate(alices_page)
    secret = alices_page.locator("#the-key .key-secret")
    expect(secret).to_be_hidden()
    alices_page.get_by_role("button", name="Reveal API key").click()
    expect(secret).to_be_visible()
    alices_page.get_by_role("button", name="Hide API key").click()
    expect(secret).to_be_hidden()


def test_the_notice_takes_the_focus_and_is_announced(alices_page):
    generate(alices_page)
    expect(alices_page.locator("#notice")).to_be_focused()
    expect(alices_page.get_by_role("status").filter(has_text="API key generated.")).to_be_attached()


def test_copying_puts_the_whole_token_on_the_clipboard_and_says_so(alices_page):
    alices_page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    generate(alices_page)
    alices_page.get_by_role("button", name="Copy API key").click()
    expect(alices_page.get_by_role("button", name="Copied!")).to_be_visible()
    assert alices_page.evaluate("navigator.clipboard.readText()") == shown_token(alices_page)


def test_copying_works_without_the_clipboard_api_as_on_plain_http(alices_page):
    alices_page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    generate(alices_page)
    alices_page.evaluate(NO_CLIPBOARD)
    alices_page.get_by_role("button", name="Copy export line").click()
    expect(alices_page.get_by_role("status").filter(has_text="Copied!")).to_be_attached()
    assert alices_page.evaluate("navigator.clipboard.readText()") == f"export PORTAL_API_KEY={shown_token(alices_page)}"


def test_when_the_browser_refuses_to_copy_the_key_is_selected_and_nothing_is_claimed(alices_page):
    generate(alices_page)
    alices_page.evaluate(f"{NO_CLIPBOARD}; document.execCommand = () => false")
    alices_page.get_by_role("button", name="Copy API key").click()
    expect(alices_page.get_by_role("status").filter(has_text="Press Ctrl+C")).to_be_attached()
    assert shown_token(alices_page) in alices_page.evaluate("getSelection().toString()")
    expect(alices_page.get_by_role("button", name="Copied!")).to_have_count(0)


def test_done_removes_the_key_for_good(alices_page):
    generate(alices_page)
    alices_page.get_by_role("link", name="Done").click()
    expect(alices_page.locator("#notice")).to_have_count(0)
    expect(alices_page.locator("#generate")).to_be_focused()
    alices_page.reload()
    assert not PATTERN.search(alices_page.content())


@pytest.mark.parametrize("file_name", ["alveo.config", ".netrc", ".env", "credentials.json"])
def test_a_config_file_is_downloaded_and_the_notice_stays(alices_page, file_name):
    generate(alices_page)
    with alices_page.expect_download() as started:
        alices_page.get_by_role("button", name=file_name).click()
    assert shown_token(alices_page) in started.value.path().read_text()
    assert started.value.suggested_filename.lstrip("._") == file_name.lstrip(".")


def test_a_form_with_an_error_comes_back_with_the_focus_on_what_is_wrong(alices_page, complaints):
    complaints.expect(422)
    alices_page.get_by_role("link", name="Generate API key").click()
    alices_page.get_by_role("button", name="Generate", exact=True).click()
    expect(alices_page.get_by_role("alert")).to_be_focused()
    alices_page.get_by_role("alert").get_by_role("link").click()
    expect(alices_page.get_by_label("Name", exact=True)).to_be_focused()


def test_another_date_is_asked_for_only_when_it_is_chosen(alices_page):
    alices_page.get_by_role("link", name="Generate API key").click()
    expect(alices_page.get_by_label("Last day")).to_be_hidden()
    alices_page.get_by_label("Another date").check()
    expect(alices_page.get_by_label("Last day")).to_be_visible()


def test_a_key_is_renamed_in_its_row_by_keyboard_alone(page, alice, issue, sign_in, session):
    key, _ = issue(alice, "old name")
    sign_in(page, alice)
    page.get_by_role("link", name="Edit API key: old name").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("New name of old name")).to_be_focused()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("new name")
    page.keyboard.press("Enter")
    expect(page.get_by_role("rowheader", name="new name")).to_be_visible()
    expect(page.locator(f"#edit-{key.public_id}")).to_be_focused()
    assert living(session) == ["new name"]


def test_the_revoke_dialog_has_its_focus_on_the_safe_button(page, alice, issue, sign_in, session):
    issue(alice, "ci")
    sign_in(page, alice)
    page.get_by_role("link", name="Revoke API key: ci").click()
    expect(page.get_by_role("dialog").get_by_text("Keep key")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("link", name="Revoke API key: ci")).to_be_focused()
    assert living(session) == ["ci"]


def test_revoking_takes_the_key_out_of_the_list(page, alice, issue, sign_in, session):
    issue(alice, "ci")
    sign_in(page, alice)
    page.get_by_role("link", name="Revoke API key: ci").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="Revoked ci. It is refused from now on.")).to_be_attached()
    expect(page.get_by_role("rowheader", name="ci")).to_have_count(0)
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator("#keys-title")).to_be_focused()
    assert living(session) == []


def test_revoking_the_key_on_show_takes_its_notice_away(alices_page):
    generate(alices_page, "ci")
    alices_page.get_by_role("link", name="Revoke API key: ci").click()
    alices_page.get_by_role("dialog").get_by_role("button", name="Revoke", exact=True).click()
    expect(alices_page.locator("#notice")).to_have_count(0)


def test_revoking_another_key_leaves_the_notice(page, alice, issue, sign_in):
    issue(alice, "old")
    sign_in(page, alice)
    generate(page, "new")
    page.get_by_role("link", name="Revoke API key: old").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke", exact=True).click()
    expect(page.get_by_role("rowheader", name="old")).to_have_count(0)
    expect(page.locator("#notice")).to_be_visible()


def test_the_search_answers_while_one_types_and_keeps_the_caret(page, alice, issue, sign_in):
    issue(alice, "nightly")
    issue(alice, "ci")
    sign_in(page, alice)
    search = page.get_by_label("Search by name or public id")
    search.press_sequentially("nig", delay=30)
    expect(page.get_by_role("rowheader", name="ci", exact=True)).to_have_count(0)
    expect(search).to_be_focused()
    page.keyboard.type("htly")
    expect(search).to_have_value("nightly")


def test_what_is_typed_while_the_answer_is_on_its_way_stays(page, alice, issue, sign_in):
    issue(alice, "nightly")
    issue(alice, "nice")
    sign_in(page, alice)
    page.route("**/api-credentials?q=ni", lambda route: (time.sleep(0.5), route.continue_()))
    search = page.get_by_label("Search by name or public id")
    with page.expect_response("**/api-credentials?q=ni"):
        search.press_sequentially("ni")
        page.wait_for_timeout(350)
        page.keyboard.type("ghtly")
    expect(page.get_by_role("rowheader", name="nice")).to_have_count(0)
    expect(search).to_have_value("nightly")


def test_the_menu_leads_to_the_page_and_closes_on_escape(alices_page, alice):
    menu = alices_page.locator(".masthead summary")
    menu.click()
    expect(alices_page.get_by_role("link", name="API credentials", exact=True)).to_be_visible()
    alices_page.keyboard.press("Escape")
    expect(alices_page.get_by_role("link", name="My profile")).to_be_hidden()
    menu.click()
    alices_page.get_by_role("link", name="My profile").click()
    alices_page.wait_for_url("**/profile")
    alices_page.get_by_role("main").get_by_role("link", name="API credentials").click()
    alices_page.wait_for_url("**/profile/api-credentials")


def test_everything_works_with_javascript_off(plain_page, alice, sign_in, session):
    sign_in(plain_page, alice)
    plain_page.get_by_role("link", name="Generate API key").click()
    plain_page.get_by_label("Name", exact=True).fill("nightly")
    plain_page.get_by_role("button", name="Generate", exact=True).click()
    expect(plain_page.locator("#the-key .key-secret")).to_be_visible()
    assert Token.parse(shown_token(plain_page))
    expect(plain_page.get_by_role("button", name="Copy API key")).to_be_hidden()
    with plain_page.expect_download() as started:
        plain_page.get_by_role("button", name="credentials.json").click()
    assert shown_token(plain_page) in started.value.path().read_text()
    plain_page.get_by_role("link", name="Done").click()
    plain_page.get_by_role("link", name="Edit API key: nightly").click()
    plain_page.get_by_label("New name of nightly").fill("weekly")
    plain_page.get_by_role("button", name="Rename").click()
    assert living(session) == ["weekly"]
    plain_page.get_by_role("link", name="Revoke API key: weekly").click()
    plain_page.get_by_role("button", name="Revoke", exact=True).click()
    expect(plain_page.get_by_text("Revoked weekly. It is refused from now on.")).to_be_visible()
    plain_page.get_by_role("link", name="Revoked").click()
    expect(plain_page.get_by_role("rowheader", name="weekly")).to_be_visible()


def test_a_lost_answer_is_said_on_the_page_and_what_was_typed_stays(alices_page, complaints):
    alices_page.get_by_role("link", name="Generate API key").click()
    alices_page.get_by_label("Name", exact=True).fill("nightly")
    alices_page.route("**/profile/api-credentials", lambda route: route.abort())
    alices_page.get_by_role("button", name="Generate", exact=True).click()
    expect(alices_page.locator("#trouble")).to_contain_text(re.compile("."))
    expect(alices_page.get_by_label("Name", exact=True)).to_have_value("nightly")
    complaints.clear()


def test_nothing_scrolls_sideways_on_a_phone(open_context, alice, issue, sign_in):
    issue(alice, "x" * 64)
    page = open_context(viewport={"width": 360, "height": 740}).new_page()
    sign_in(page, alice)
    generate(page)
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_hostile_names_do_nothing_anywhere(page, alice, issue, sign_in):
    for name in HOSTILE:
        issue(alice, name)
    sign_in(page, alice)
    page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    for name in HOSTILE:
        row = page.get_by_role("row").filter(has_text=name)
        row.get_by_role("link", name="Edit API key").click()
        expect(page.locator("#rename-name")).to_have_value(name)
        page.get_by_role("link", name="Cancel").click()
        expect(page.locator("#rename-name")).to_have_count(0)
        page.get_by_role("row").filter(has_text=name).get_by_role("link", name="Revoke API key").click()
        expect(page.get_by_role("dialog")).to_contain_text(name)
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)


HOSTILE = [
    "<script>alert(1)</script>", '"><img src=x onerror=alert(2)>', "' hx-on:load='alert(3)", "{{7*7}}${7*7}",
    "</title><svg onload=alert(4)>", 'x" hx-get="/sign-out" hx-trigger="load',
]  # fmt: skip
