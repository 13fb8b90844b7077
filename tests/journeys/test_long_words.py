"""A long name without a space and a very long address stay within the page, and leave the rest of it in its place."""

import pytest
from playwright.sync_api import Page, expect

LONG = "W" * 64
ADDRESS = f"{'l' * 60}@{'d' * 60}.{'e' * 60}.example.org"
LIST = "/profile/api-credentials"


@pytest.fixture(params=[390, 1024, 1280], ids=str)
def wide(request, open_context) -> Page:
    return open_context(viewport={"width": request.param, "height": 900}).new_page()


def stays_within(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_long_name_stays_within_its_form_and_its_pages(wide, alice, issue, sign_in):
    key, _token = issue(alice, LONG)
    sign_in(wide, alice)
    for path in (f"{LIST}/new", f"{LIST}/{key.public_id}", f"{LIST}/{key.public_id}/edit", f"{LIST}?q={LONG}x"):
        wide.goto(path)
        if path.endswith("/new"):
            wide.get_by_label("Name", exact=True).fill(LONG)
            expect(wide.locator("#preview")).to_contain_text(LONG)
        assert stays_within(wide), path


def test_a_new_key_with_a_long_name_is_shown_within_the_page(wide, alice, sign_in):
    sign_in(wide, alice)
    wide.get_by_role("link", name="Generate API key").first.click()
    wide.get_by_label("Name", exact=True).fill(LONG)
    wide.get_by_role("button", name="Generate", exact=True).click()
    expect(wide.locator("#notice")).to_contain_text(LONG)
    assert stays_within(wide)


def test_what_is_announced_of_a_long_name_can_be_read_as_a_whole(wide, alice, issue, sign_in):
    issue(alice, "ci")
    sign_in(wide, alice)
    wide.get_by_role("link", name="Edit API key: ci").click()
    wide.get_by_label("New name of ci").fill(LONG)
    wide.keyboard.press("Enter")
    said = wide.locator("#live > p")
    expect(said).to_contain_text(LONG)
    box = said.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= wide.viewport_size["width"]


def test_one_long_address_leaves_the_admins_tables_within_their_page(wide, ada, make_person, issue, sign_in):
    key, _token = issue(make_person(ADDRESS), "ci")
    sign_in(wide, ada)
    for path in ("/admin/keys", "/admin/audit", "/admin/users", "/admin/access", f"/admin/keys/{key.public_id}"):
        wide.goto(path)
        assert stays_within(wide), path
