"""An admin finds out who did what, and whether the trail can be trusted; and which key did what."""

import csv
import io
import re

import pytest
from playwright.sync_api import Page, expect

from portal.audit import trail
from portal.audit.events import SHELL, Actor, Event
from portal.keys import lifecycle
from portal.usage.models import Access
from tests import cast
from tests.journeys.test_no_barriers import barriers

MINUTE = 29_000_000


@pytest.fixture
def key(session, issue, alice, ada):
    key, _ = issue(alice, "nightly")
    lifecycle.revoke(session, Actor(ada.email, ada.id, "192.0.2.9"), key, "It leaked.")
    trail.record(session, Event.KEY_CHANGED, SHELL, "ptl_0123456789", name="ci", changed={"data": ["none", "read"]})
    for number in range(60):
        trail.record(session, Event.FORMAT_ADDED, SHELL, f"format-{number}", file=f"{number}.ini")
    session.commit()
    return key


@pytest.fixture
def calls(session, key, alice):
    for number in range(60):
        reason = "resource-not-allowed" if number % 3 == 0 else None
        resource = "algo://demo/Hello" if number % 2 else "file://alice/results/2026/november/a-rather-long-name.csv"
        session.add(
            Access(
                minute=MINUTE + number, fold=number.to_bytes(32, "big"), key_id=key.id, owner_id=alice.id,
                address="2001:db8:7:1::40", method="POST", resource=resource, reason=reason, calls=number + 1,
            )
        )  # fmt: skip
    session.commit()


@pytest.fixture(params=[True, False], ids=["scripting", "plain"])
def adas_page(request, open_context, sign_in, ada) -> Page:
    page = open_context(java_script_enabled=request.param).new_page()
    if request.param:
        sign_in(page, ada)
    else:
        page.goto("/sign-in")
        page.get_by_label("E-mail").fill(ada.email)
        page.get_by_label("Password").fill(cast.PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="API credentials", level=1)).to_be_visible()
    return page


def test_an_admin_finds_out_who_stopped_a_key_and_why(adas_page, key):
    page = adas_page
    page.goto("/admin/")
    page.get_by_role("link", name="Audit", exact=True).click()
    page.get_by_label("On what").fill(f"{key.public_id}_pastedsecret")
    page.get_by_role("button", name="Apply").click()

    row = page.get_by_role("row").filter(has_text="Key revoked")
    expect(row).to_contain_text("It leaked.")
    expect(row).to_contain_text(cast.ADA)
    expect(row).to_contain_text("192.0.2.9")
    expect(page.get_by_label("On what")).to_have_value(key.public_id)


def test_an_admin_pages_through_the_trail_and_back(adas_page, key):
    page = adas_page
    page.goto("/admin/audit?event=format:added")
    rows = page.locator("table.log tbody tr")
    expect(rows).to_have_count(50)
    page.get_by_role("link", name="Next page").click()
    expect(rows).to_have_count(10)
    page.get_by_role("link", name="Previous page").click()
    expect(rows).to_have_count(50)
    page.get_by_role("link", name="Last page").click()
    expect(rows.last).to_contain_text("format-0")
    page.get_by_role("link", name="First page").click()
    expect(rows.first).to_contain_text("format-59")


def test_filter_and_page_stand_in_the_address_so_that_back_and_reload_work(adas_page, key):
    page = adas_page
    page.goto("/admin/audit")
    page.get_by_label("What", exact=True).select_option("format:added")
    page.get_by_role("button", name="Apply").click()
    expect(page).to_have_url(re.compile("event=format"))
    page.get_by_role("link", name="Next page").click()
    expect(page).to_have_url(re.compile("before="))
    page.reload()
    rows = page.locator("table.log tbody tr")
    expect(rows).to_have_count(10)
    page.go_back()
    expect(rows).to_have_count(50)
    page.go_back()
    expect(page).to_have_url(re.compile("/admin/audit$"))


def test_an_admin_checks_whether_the_chain_holds(adas_page, key):
    page = adas_page
    page.goto("/admin/audit")
    page.get_by_role("button", name="Check the chain").click()

    expect(page.locator("#chain")).to_contain_text("The chain holds")
    expect(page.locator("#chain .status")).to_have_text("OK")


def test_an_admin_takes_what_was_found_home(adas_page, key):
    page = adas_page
    page.goto("/admin/audit?event=key:revoked")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    text = download.value.path().read_text("utf-8-sig")

    assert download.value.suggested_filename.startswith("audit-")
    assert [row["subject"] for row in csv.DictReader(io.StringIO(text))] == [key.public_id]


def test_an_admin_finds_out_which_key_did_what(adas_page, key, calls):
    page = adas_page
    page.goto("/admin/access")
    page.get_by_label("Resource").fill("algo://demo/*")
    page.get_by_label("Verdict").select_option(label="Refused, for whatever reason")
    page.get_by_role("button", name="Apply").click()

    rows = page.locator("table.log tbody tr")
    expect(rows).to_have_count(10)
    expect(rows.first).to_contain_text("403 resource-not-allowed")
    expect(rows.first).to_contain_text(cast.ALICE)
    expect(rows.first).to_contain_text(key.public_id)


@pytest.mark.parametrize(
    "path",
    [
        "/admin/audit", "/admin/audit?from=soon", "/admin/audit?actor=nobody-of-that-name", "/admin/access",
        "/admin/access?person=x", "/admin/access?verdict=malformed",
    ],
)  # fmt: skip
def test_no_state_has_barriers(page, ada, sign_in, key, calls, path):
    sign_in(page, ada)
    page.goto(path)

    assert barriers(page, "light") + barriers(page, "dark") == []


@pytest.mark.parametrize("tampered", [False, True])
def test_the_answer_of_the_check_has_no_barriers(page, ada, sign_in, key, session, tampered):
    if tampered:
        session.connection().exec_driver_sql("UPDATE audit SET body = 'x' WHERE seq = 3")
        session.commit()
    sign_in(page, ada)
    page.goto("/admin/audit")
    page.get_by_role("button", name="Check the chain").click()
    expect(page.locator("#chain")).to_contain_text("Entry 3 was altered." if tampered else "The chain holds")

    assert barriers(page, "light") + barriers(page, "dark") == []


@pytest.mark.parametrize("path", ["/admin/audit", "/admin/access"])
def test_nothing_scrolls_sideways_on_a_phone(open_context, ada, sign_in, key, calls, path):
    page = open_context(viewport={"width": 360, "height": 760}).new_page()
    sign_in(page, ada)
    page.goto(path)

    assert page.evaluate("document.documentElement.scrollWidth") <= 360
