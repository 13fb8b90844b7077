"""The life of a key in a browser: rotate, get, delete, a session key; with scripting and without."""

from datetime import timedelta

import pytest
import requests
from playwright.sync_api import Page, expect
from sqlalchemy import select

from portal import clock
from portal.audit.events import Actor
from portal.keys import default_key
from portal.keys.models import Key, KeySecret
from portal.keys.token import PATTERN
from portal.site.settings import SiteSettings

LIST = "/profile/api-credentials"


@pytest.fixture(params=[True, False], ids=["scripting", "no scripting"])
def page(request, open_context, alice, sign_in) -> Page:
    page = open_context(java_script_enabled=request.param).new_page()
    sign_in(page, alice)
    return page


@pytest.fixture
def reserved(session, alice):
    key = default_key.reserve(session, Actor(alice.email, alice.id), alice, prefix="ptl", site=SiteSettings())
    session.commit()
    return key


@pytest.fixture
def ask(site):
    """Call the sample API with a token; the status of the answer and its reason."""

    def do(token: str) -> tuple[int, str | None]:
        answer = requests.get(f"{site}/sample/whoami", headers={"Authorization": f"Bearer {token}"}, timeout=20)
        return answer.status_code, answer.headers.get("X-Auth-Reason")

    return do


def more(page: Page, key: Key, entry: str) -> None:
    """Choose an entry of the row's menu."""
    page.goto(LIST)
    row = page.locator(f"#row-{key.public_id}")
    row.locator(".menu summary").click()
    row.get_by_role("link", name=entry).click()


def shown_token(page: Page) -> str:
    expect(page.locator("#notice")).to_be_visible()
    return PATTERN.search(page.locator("#the-key").text_content())[0]


def secrets(session):
    session.rollback()
    session.expire_all()
    return session.scalars(select(KeySecret)).all()


def test_a_key_is_rotated_with_an_overlap_and_the_overlap_is_ended(page, alice, issue, ask):
    key, old = issue(alice, "nightly")
    more(page, key, "Rotate or regenerate")
    page.get_by_role("button", name="Rotate", exact=True).click()
    new = shown_token(page)
    assert (ask(old)[0], ask(new)[0]) == (200, 200)
    page.goto(f"{LIST}/{key.public_id}")
    expect(page.get_by_role("heading", name="Two secrets work")).to_be_visible()
    page.get_by_role("button", name="End overlap now").click()
    expect(page.get_by_text("The old secret is refused from now on.")).to_be_visible()
    assert (ask(old), ask(new)[0]) == ((401, "replaced"), 200)


def test_regenerating_warns_and_stops_the_old_secret_at_once(page, alice, issue, ask):
    key, old = issue(alice, "nightly")
    more(page, key, "Rotate or regenerate")
    expect(page.get_by_text("neither secret works for you")).to_be_hidden()
    page.get_by_text("Regenerate: stop it now").click()
    expect(page.get_by_text("neither secret works for you")).to_be_visible()
    page.get_by_role("button", name="Rotate", exact=True).click()
    new = shown_token(page)
    assert (ask(old), ask(new)[0]) == ((401, "replaced"), 200)


def test_a_double_click_on_rotate_makes_one_rotation(page, alice, issue, session, complaints):
    complaints.expect(409)
    key, _ = issue(alice, "nightly")
    more(page, key, "Rotate or regenerate")
    page.get_by_role("button", name="Rotate", exact=True).dblclick()
    expect(page.locator("#notice, #already").first).to_be_visible()
    assert len(secrets(session)) == 2


def test_a_day_that_is_too_late_is_said_at_its_field_and_can_be_mended(page, alice, issue, session, complaints):
    complaints.expect(422)
    key, _ = issue(alice, "nightly")
    more(page, key, "Rotate or regenerate")
    page.get_by_text("Until a date").click()
    page.get_by_label("Last day of the old secret").fill(str((clock.now() + timedelta(days=200)).date()))
    page.get_by_role("button", name="Rotate", exact=True).click()
    expect(page.get_by_text("the key ends then")).to_be_visible()
    page.get_by_label("Last day of the old secret").fill(str((clock.now() + timedelta(days=20)).date()))
    page.get_by_role("button", name="Rotate", exact=True).click()
    shown_token(page)
    assert len(secrets(session)) == 2


def test_the_default_key_gets_its_secret_by_one_button(page, alice, reserved, ask):
    page.goto(LIST)
    page.get_by_role("button", name="Get key: default-key").click()
    assert ask(shown_token(page))[0] == 200
    page.goto(LIST)
    expect(page.get_by_role("button", name="Get key: default-key")).to_have_count(0)


def test_a_double_click_on_get_key_makes_one_secret(page, reserved, session, complaints):
    complaints.expect(409)
    page.goto(LIST)
    page.get_by_role("button", name="Get key: default-key").dblclick()
    expect(page.locator("#notice, #already").first).to_be_visible()
    assert len(secrets(session)) == 1


def test_the_snippets_are_chosen_by_their_language_and_name_the_default_key(page, reserved):
    page.goto(LIST)
    page.locator("#call > summary").click()
    expect(page.locator("#call-curl")).to_be_visible()
    page.locator(".tab", has_text="Java").last.click()
    expect(page.locator("#call-java")).to_contain_text(reserved.public_id)
    expect(page.locator("#call-curl")).to_be_hidden()


def test_a_deleted_key_is_refused_and_gone(page, alice, issue, ask):
    key, token = issue(alice, "nightly")
    more(page, key, "Delete")
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("Deleted nightly. It is refused from now on.")).to_be_visible()
    expect(page.locator(f"#row-{key.public_id}")).to_have_count(0)
    assert ask(token) == (401, "revoked")


def test_keeping_the_key_deletes_nothing(page, alice, issue, ask):
    key, token = issue(alice, "nightly")
    more(page, key, "Delete")
    page.get_by_role("link", name="Keep key").click()
    expect(page.locator(f"#row-{key.public_id}")).to_be_visible()
    assert ask(token)[0] == 200


def test_a_session_key_works_until_its_person_signs_out(page, alice, ask):
    page.get_by_role("button", name="Generate session key").click()
    token = shown_token(page)
    assert ask(token)[0] == 200
    page.goto(LIST)
    expect(page.get_by_text("With its sign-in")).to_be_visible()
    page.locator(".masthead summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in*")
    assert ask(token) == (401, "revoked")


def test_two_session_keys_are_had_one_after_the_other(page, session):
    for _ in range(2):
        page.get_by_role("button", name="Generate session key").click()
        shown_token(page)
        page.get_by_role("link", name="Done").click()
        expect(page.locator("#notice")).to_have_count(0)
    assert len(secrets(session)) == 2


def test_nothing_scrolls_sideways_on_a_phone(open_context, alice, issue, sign_in, reserved, session, as_alice, peppers):
    from portal.keys import rotation

    key, _ = issue(alice, "nightly")
    ends = clock.now() + timedelta(hours=23)
    rotation.rotate(session, as_alice, key, ends, peppers=peppers, site=SiteSettings())
    session.commit()
    page = open_context(viewport={"width": 360, "height": 800}).new_page()
    sign_in(page, alice)
    for path in (f"{LIST}/{key.public_id}", f"{LIST}/{key.public_id}/rotate", f"{LIST}/{key.public_id}/delete", LIST):
        page.goto(path)
        if path == LIST:
            page.locator("#call > summary").click()
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 360, (path, wide)


def test_every_part_of_the_form_is_reached_by_the_keyboard(alices_page):
    page = alices_page
    page.goto(f"{LIST}/new")
    page.get_by_label("Name", exact=True).focus()
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.closest('details, fieldset')?.id"))
        if page.evaluate("document.activeElement.textContent.trim()") == "Generate":
            break
    assert {"networks", "rate", "quota", "kind", "resources", "origin", "access", "expiry"} <= reached
