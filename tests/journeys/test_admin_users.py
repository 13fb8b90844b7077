"""An admin looks after people: somebody comes, somebody leaves, and no new keys are made."""

import re

import pytest
from playwright.sync_api import expect

from tests.cast import ALICE, BOB
from tests.journeys.test_no_barriers import barriers

USERS = "/admin/users"


@pytest.fixture
def admins_page(page, ada, sign_in):
    sign_in(page, ada)
    return page


@pytest.fixture
def plain_admins_page(plain_page, ada, sign_in):
    sign_in(plain_page, ada)
    return plain_page


def test_somebody_is_invited_and_comes(admins_page, open_context):
    page = admins_page
    page.goto(USERS)
    page.get_by_text("Invite or add somebody").click()
    page.get_by_label("E-mail", exact=True).fill("new@example.org")
    page.get_by_role("button", name="Make the link").click()
    link = page.locator("#the-link").inner_text()
    assert barriers(page, "light") + barriers(page, "dark") == []
    expect(page.get_by_role("row", name=re.compile("new@example.org"))).to_be_visible()

    theirs = open_context().new_page()
    theirs.goto(link[link.index("/invitations/") :])
    theirs.get_by_label("Password").fill("violet kettle under the stairs")
    theirs.get_by_role("button", name="Set password").click()
    expect(theirs.get_by_role("heading", name="API credentials")).to_be_visible()


def test_a_leavers_keys_go_to_a_colleague_and_the_account_is_disabled(admins_page, alice, bob, issue, visit):
    page = admins_page
    for name in ("ci", "nightly", "old"):
        issue(alice, name)
    page.goto(USERS)
    page.get_by_placeholder("Beginning of the e-mail").fill("ali")
    page.get_by_placeholder("Beginning of the e-mail").press("Enter")
    expect(page).to_have_url(re.compile("q=ali"))
    page.get_by_role("link", name=ALICE).click()

    expect(page.get_by_role("button", name="Hand over selected…")).to_be_disabled()
    page.get_by_label("Select ci").check()
    page.get_by_label("Select nightly").check()
    page.get_by_role("button", name="Hand over selected…").click()
    page.get_by_label("E-mail of the colleague").fill(BOB)
    assert barriers(page, "light") == []
    page.get_by_role("button", name="Hand over", exact=True).click()
    expect(page.get_by_text("Handed over 2 keys to bob@example.org.")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator("#keys tbody tr")).to_have_count(1)

    page.get_by_label("The one that lives").check()
    page.get_by_role("button", name="Revoke selected…").click()
    page.get_by_label("Reason").fill("Alice has left")
    page.get_by_role("button", name="Revoke", exact=True).click()
    expect(page.get_by_text("No key of theirs lives.")).to_be_visible()

    page.get_by_role("link", name="Disable account").click()
    page.get_by_role("button", name="Disable", exact=True).click()
    expect(page.locator("#person .page-head").get_by_text("Disabled")).to_be_visible()
    assert barriers(page, "light") + barriers(page, "dark") == []


def test_the_tabs_of_the_lists_stand_in_the_address(admins_page, alice, issue):
    page = admins_page
    issue(alice, "ci")
    page.goto(USERS)
    page.get_by_role("link", name="Administrators").click()
    expect(page).to_have_url(re.compile("show=admins"))
    page.go_back()
    page.get_by_role("link", name=ALICE).click()
    page.get_by_role("navigation", name="Show keys").get_by_role("link", name="All").click()
    expect(page).to_have_url(re.compile("show=all#keys$"))
    page.reload()
    expect(page.locator("#show-all")).to_have_attribute("aria-current", "true")


def test_the_same_works_without_scripting(plain_admins_page, alice, bob, issue):
    page = plain_admins_page
    issue(alice, "ci")
    page.goto(f"/admin/users/{alice.id}")
    page.get_by_role("button", name="Revoke selected…").click()
    expect(page.get_by_text("Tick the keys first.")).to_be_visible()
    page.get_by_label("Select ci").check()
    page.get_by_role("button", name="Hand over selected…").click()
    page.get_by_label("E-mail of the colleague").fill("nobody")
    page.get_by_role("button", name="Hand over", exact=True).click()
    expect(page.get_by_text("No account has this e-mail.")).to_be_visible()
    page.get_by_label("E-mail of the colleague").fill(BOB)
    page.get_by_role("button", name="Hand over", exact=True).click()
    expect(page.get_by_text("Handed over 1 key to bob@example.org.")).to_be_visible()
    page.get_by_role("link", name="Disable account").click()
    page.get_by_role("button", name="Disable", exact=True).click()
    expect(page.get_by_text("Disabled. Every browser is signed out")).to_be_visible()


@pytest.fixture(autouse=True)
def forms_come_back(complaints):
    complaints.expect(422)


def test_new_keys_are_switched_off_and_owners_read_why(admins_page, alice, open_context, sign_in):
    page = admins_page
    page.goto("/admin/settings")
    assert barriers(page, "light") + barriers(page, "dark") == []
    page.locator("#new_keys").get_by_text("No", exact=True).click()
    page.get_by_label("Longest lifetime").fill("soon")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_be_focused()
    assert barriers(page, "light") + barriers(page, "dark") == []
    page.get_by_label("Longest lifetime").fill("180")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved: 2 settings changed.")).to_be_visible()

    theirs = open_context().new_page()
    sign_in(theirs, alice)
    expect(theirs.get_by_text("New API keys cannot be made here at present")).to_be_visible()
    expect(theirs.get_by_role("link", name="Generate API key")).to_have_count(0)
    assert barriers(theirs, "light") == []


def test_the_lists_have_no_barriers(admins_page, alice, issue):
    page = admins_page
    issue(alice)
    for path in (USERS, f"{USERS}?q=zz", f"/admin/users/{alice.id}", f"/admin/users/{alice.id}/acts/disable"):
        page.goto(path)
        assert barriers(page, "light") + barriers(page, "dark") == []
