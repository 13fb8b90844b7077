"""Signing in and out, in a browser."""

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from portal.accounts.models import Person
from tests import cast
from tests.journeys.conftest import Complaints, open_the_door


def fill_in(page: Page, email: str, password: str) -> None:
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_a_person_signs_in_and_lands_on_their_api_credentials(page: Page, alice: Person) -> None:
    page.goto("/")
    fill_in(page, alice.email, cast.PASSWORD)
    expect(page.get_by_role("heading", name="API credentials")).to_be_visible()
    expect(page.get_by_role("banner")).to_contain_text(alice.email)


def test_a_wrong_password_keeps_the_email_and_takes_the_focus_to_the_password(
    page: Page, alice: Person, complaints: Complaints
) -> None:
    complaints.expect(422)
    page.goto("/sign-in")
    fill_in(page, alice.email, "not the password")
    expect(page.get_by_text("E-mail or password is wrong.")).to_be_visible()
    expect(page.get_by_label("E-mail")).to_have_value(alice.email)
    expect(page.get_by_label("Password")).to_be_focused()
    assert page.title().startswith("Error – Sign in")


def test_the_menu_under_the_email_leads_everywhere_and_out(alices_page: Page) -> None:
    menu = alices_page.locator(".masthead .menu")
    menu.locator("summary").click()
    for words in ("My profile", "API credentials", "What is an API key?"):
        expect(menu.get_by_role("link", name=words)).to_be_visible()
    menu.get_by_role("button", name="Sign out").click()
    expect(alices_page.get_by_text("You are signed out.")).to_be_visible()


def test_escape_closes_the_menu_and_gives_the_focus_back(alices_page: Page) -> None:
    summary = alices_page.locator(".masthead .menu summary")
    summary.focus()
    alices_page.keyboard.press("Enter")
    alices_page.keyboard.press("Tab")
    expect(alices_page.get_by_role("link", name="My profile")).to_be_focused()
    alices_page.keyboard.press("Escape")
    expect(alices_page.get_by_role("link", name="My profile")).to_be_hidden()
    expect(summary).to_be_focused()


def test_a_click_elsewhere_closes_the_menu(alices_page: Page) -> None:
    alices_page.locator(".masthead .menu summary").click()
    alices_page.get_by_role("heading", level=1).click()
    expect(alices_page.get_by_role("link", name="My profile")).to_be_hidden()


def test_back_after_signing_out_shows_nothing_of_the_person(alices_page: Page, alice: Person) -> None:
    alices_page.goto("/profile")
    alices_page.locator(".masthead .menu summary").click()
    alices_page.get_by_role("button", name="Sign out").click()
    alices_page.wait_for_url("**/sign-in")
    alices_page.go_back()
    expect(alices_page.get_by_label("Password")).to_be_visible()
    expect(alices_page.get_by_text(alice.email)).to_have_count(0)


@pytest.mark.parametrize(
    "wanted", ["/%09/evil.example", "%20//evil.example", "//evil.example", "/%5Cevil.example", "https://evil.example"]
)
def test_signing_in_never_leads_to_another_site(page: Page, alice: Person, site: str, wanted: str) -> None:
    page.goto(f"/sign-in?next={wanted}")
    fill_in(page, alice.email, cast.PASSWORD)
    page.wait_for_url("**/profile/api-credentials")
    assert page.url.startswith(site)


def test_signing_in_leads_back_to_the_page_that_was_asked_for(page: Page, alice: Person) -> None:
    page.goto("/profile/sessions")
    fill_in(page, alice.email, cast.PASSWORD)
    expect(page.get_by_role("heading", name="Sign-ins")).to_be_visible()


def test_everything_works_without_javascript(plain_page: Page, alice: Person, complaints: Complaints) -> None:
    complaints.expect(422)
    plain_page.goto("/")
    fill_in(plain_page, alice.email, "not the password")
    expect(plain_page.get_by_text("E-mail or password is wrong.")).to_be_visible()
    fill_in(plain_page, alice.email, cast.PASSWORD)
    plain_page.locator(".masthead .menu summary").click()
    plain_page.get_by_role("link", name="My profile").click()
    expect(plain_page.get_by_role("heading", name="My profile")).to_be_visible()
    plain_page.locator(".masthead .menu summary").click()
    plain_page.get_by_role("button", name="Sign out").click()
    expect(plain_page.get_by_text("You are signed out.")).to_be_visible()


def test_a_form_from_before_the_cookies_went_is_explained(page: Page, alice: Person) -> None:
    page.goto("/sign-in")
    page.context.clear_cookies()
    fill_in(page, alice.email, cast.PASSWORD)
    expect(page.get_by_text("keeps no cookies")).to_be_visible()
    fill_in(page, alice.email, cast.PASSWORD)
    expect(page.get_by_role("heading", name="API credentials")).to_be_visible()


def test_someone_who_may_sign_up_is_in_at_once(app: Flask, page: Page, complaints: Complaints) -> None:
    complaints.expect(422)
    open_the_door(app)
    page.goto("/sign-in")
    page.get_by_role("link", name="Sign up").click()
    page.get_by_label("E-mail").fill("new@example.org")
    page.get_by_label("Password").fill("password12")
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_text("easy to guess")).to_be_visible()
    page.get_by_label("Password").fill("violet kettle under the stairs")
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("banner")).to_contain_text("new@example.org")
