"""An admin finds any key on the server, says why it fails, and stops it: with scripting and without."""

import re

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select, update

from portal import clock
from portal.keys import lifecycle
from portal.keys.models import Key, KeyLastUsed
from portal.policy.networks import Networks
from portal.policy.policy import Policy
from portal.policy.resources import Resources
from portal.site.settings import DAY
from tests import cast
from tests.journeys.test_no_barriers import barriers

KEYS = "/admin/keys"


@pytest.fixture
def keys(session, issue, alice, bob, as_alice):
    """Keys of two people: active, unused for long, paused and revoked."""
    made = {name: issue(owner, name) for name, owner in {
        "nightly": alice, "field-station-07": alice, "old-laptop": alice, "bot": bob, "reading-room": bob,
    }.items()}  # fmt: skip
    long_ago = [made[name][0].id for name in ("field-station-07", "reading-room")]
    session.execute(update(KeyLastUsed).where(KeyLastUsed.key_id.in_(long_ago)).values(at=clock.now() - 400 * DAY))
    lifecycle.pause(session, as_alice, made["old-laptop"][0])
    lifecycle.revoke(session, as_alice, made["bot"][0], "found in a repository")
    session.commit()
    return made


@pytest.fixture(params=[True, False], ids=["scripting", "plain"])
def desk(request, open_context, sign_in, ada) -> Page:
    """A browser of Ada's; it knows whether it runs scripts."""
    page = open_context(java_script_enabled=request.param).new_page()
    if request.param:
        sign_in(page, ada)
    else:
        page.goto("/sign-in")
        page.get_by_label("E-mail").fill(ada.email)
        page.get_by_label("Password").fill(cast.PASSWORD)
        page.get_by_role("button", name="Sign in").click()
    page.goto("/profile/api-credentials")
    return page


def names(page: Page) -> list[str]:
    return page.locator("tbody a.name").all_inner_texts()


def test_a_leaked_key_is_found_by_pasting_it_and_stopped_with_a_reason(desk, keys, session):
    key, token = keys["nightly"]
    desk.get_by_role("link", name="All keys on this server").click()
    desk.get_by_label("Find").fill(token)
    desk.get_by_label("Find").press("Enter")
    expect(desk.get_by_role("heading", name="nightly")).to_be_visible()
    assert token not in desk.url
    assert token.rpartition("_")[2] not in desk.content()
    desk.get_by_role("link", name="Revoke API key…").click()
    desk.get_by_label("Reason").fill("Posted in a chat")
    desk.get_by_role("button", name="Revoke", exact=True).click()
    expect(desk.locator(".status", has_text="Revoked").first).to_be_visible()
    expect(desk.locator("dl.details").first).to_contain_text("Posted in a chat")
    session.rollback()
    assert session.scalars(select(Key.revoked_reason).where(Key.id == key.id)).one() == "Posted in a chat"


def test_what_nobody_used_for_a_year_is_found_and_paused_in_one_act(desk, keys, session):
    desk.goto(KEYS)
    desk.get_by_label("Unused for").select_option("365")
    desk.get_by_role("button", name="Apply").click()
    expect(desk.locator("tbody tr")).to_have_count(2)
    desk.get_by_role("link", name="Select everything that matches").click()
    expect(desk.get_by_text("All 2 that match are selected")).to_be_visible()
    desk.get_by_role("button", name="Pause selected").click()
    expect(desk.get_by_text("2 keys")).to_be_visible()
    desk.get_by_label("Reason").fill("Unused for a year")
    desk.get_by_role("button", name="Pause", exact=True).click()
    expect(desk.get_by_text("Paused 2 keys.").first).to_be_visible()
    session.rollback()
    paused = session.scalars(select(Key.name).where(Key.paused_reason == "Unused for a year").order_by(Key.name)).all()
    assert paused == ["field-station-07", "reading-room"]


def test_ticked_rows_are_counted_and_the_buttons_wait_for_a_tick(open_context, sign_in, ada, keys):
    page = open_context().new_page()
    sign_in(page, ada)
    page.goto(KEYS)
    revoke = page.get_by_role("button", name="Revoke selected")
    expect(revoke).to_be_disabled()
    page.get_by_label(re.compile("Select nightly of")).check()
    expect(page.get_by_text("1 selected")).to_be_visible()
    expect(revoke).to_be_enabled()
    page.get_by_label("Select this page").check()
    expect(page.get_by_text("5 selected")).to_be_visible()
    page.get_by_label("Select this page").uncheck()
    expect(revoke).to_be_disabled()


def test_a_dialog_is_left_with_escape_and_changes_nothing(open_context, sign_in, ada, keys, session):
    page = open_context().new_page()
    sign_in(page, ada)
    page.goto(KEYS)
    page.get_by_label(re.compile("Select nightly of")).check()
    page.get_by_role("button", name="Revoke selected").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="Revoke selected")).to_be_focused()
    session.rollback()
    assert session.get(Key, keys["nightly"][0].id, populate_existing=True).revoked_at is None


def test_the_order_is_turned_by_the_heads_of_the_columns(desk, keys):
    desk.goto(KEYS)
    desk.get_by_role("link", name="Name and public id").click()
    expect(desk.locator("th[aria-sort=ascending]")).to_contain_text("Name and public id")
    assert names(desk) == ["bot", "field-station-07", "nightly", "old-laptop", "reading-room"]
    desk.get_by_role("link", name="Name and public id").click()
    expect(desk.locator("th[aria-sort=descending]")).to_contain_text("Name and public id")
    assert names(desk)[0] == "reading-room"


def test_order_filter_and_everything_ticked_stand_in_the_address_so_that_back_and_reload_work(desk, keys):
    desk.goto(f"{KEYS}?owner=alice")
    desk.get_by_role("link", name="Name and public id").click()
    expect(desk).to_have_url(re.compile("owner=alice.*sort=name|sort=name.*owner=alice"))
    desk.get_by_role("link", name="Select everything that matches").click()
    expect(desk).to_have_url(re.compile("all=1"))
    desk.reload()
    expect(desk.get_by_text("All 3 that match are selected")).to_be_visible()
    desk.go_back()
    desk.go_back()
    expect(desk).to_have_url(re.compile(r"\?owner=alice$"))
    expect(desk.locator("th[aria-sort=ascending]")).to_have_count(0)


def test_why_a_key_fails_is_told_rule_by_rule(desk, issue, alice):
    narrow = Policy(resources=Resources.read(["algo://demo/Hello"]), networks=Networks.read(["10.0.0.0/8"]))
    key, _ = issue(alice, "narrow", policy=narrow)
    desk.goto(f"{KEYS}/{key.public_id}")
    desk.get_by_label("From the address").fill("192.0.2.9")
    desk.get_by_label("Resource").fill("algo://demo/Hello")
    desk.get_by_role("button", name="Ask the rules").click()
    expect(desk.get_by_text("403 address-not-allowed").first).to_be_visible()
    expect(desk.locator(".steps li", has_text="Networks")).to_contain_text("Refuses")
    expect(desk.locator(".steps li", has_text="Resources")).to_contain_text("Lets pass")


def test_the_list_is_exported_as_a_file(open_context, sign_in, ada, keys):
    page = open_context(accept_downloads=True).new_page()
    sign_in(page, ada)
    page.goto(f"{KEYS}?owner=alice")
    with page.expect_download() as started:
        page.get_by_role("link", name="CSV").click()
    assert re.fullmatch(r"keys-\d{4}-\d\d-\d\d\.csv", started.value.suggested_filename)
    assert started.value.path().read_text("utf-8-sig").count("\n") == 4


@pytest.mark.parametrize("width", [360, 1280])
def test_no_state_of_the_desk_has_barriers_or_scrolls_sideways(open_context, sign_in, ada, keys, complaints, width):
    page = open_context(viewport={"width": width, "height": 800}).new_page()
    sign_in(page, ada)
    key, _ = keys["nightly"]
    found = []
    for path in ("", "?status=paused", "?find=nothing", "?address=home", "?all=1", f"/{key.public_id}",
                 f"/{key.public_id}/why?address=192.0.2.9", f"/{key.public_id}/revoke"):  # fmt: skip
        page.goto(KEYS + path)
        found += [f"{path}: {each}" for scheme in ("light", "dark") for each in barriers(page, scheme)]
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    page.goto("/admin/")
    found += [f"overview: {each}" for scheme in ("light", "dark") for each in barriers(page, scheme)]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.goto(KEYS)
    page.get_by_label(re.compile("Select nightly of")).check()
    page.get_by_role("button", name="Revoke selected").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    found += [f"dialog: {each}" for each in barriers(page, "light")]
    assert found == []
