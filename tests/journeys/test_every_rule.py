"""Each rule, set from the page as a new user would, admits and refuses at the sample API, and obeys its change."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import requests
import time_machine
from playwright.sync_api import Page, expect

from portal import clock
from tests.support.visitor import LIST

TOMORROW = (clock.now() + timedelta(days=1)).date().isoformat()
HELLO = ("POST", "/sample/v1/algo/demo/Hello", {})
OTHER = ("POST", "/sample/v1/algo/nlp/Keywords", {})
WHOAMI = ("GET", "/sample/whoami", {})
FROM_A_PAGE = ("GET", "/sample/whoami", {"Origin": "https://www.example.org"})
ELSEWHERE = ("GET", "/sample/whoami", {"Origin": "https://www.example.org.evil.example"})
READ = ("GET", "/sample/v1/data/", {})
WRITE = ("PUT", "/sample/v1/data/note.txt", {})

Request = tuple[str, str, dict[str, str]]


@dataclass
class Case:
    """What is set in the form, a request that passes then, one that does not and why, and what lets that one in."""

    name: str
    set: Callable[[Page], None]
    refused: Request
    reason: str
    mend: Callable[[Page], None]
    admitted: Request | None = None


def unfold(page: Page, title: str) -> None:
    if not page.locator("details", has_text=title).first.evaluate("node => node.open"):
        page.locator("summary", has_text=title).click()


def only_demo(page: Page) -> None:
    for scheme in ("algo", "collection", "query", "environment"):
        page.get_by_label(f"Remove {scheme}://*").click()
    page.get_by_label("Add a resource").fill("algo://demo/*")
    page.get_by_role("button", name="Add", exact=True).click()


def add_nlp(page: Page) -> None:
    page.get_by_label("Add a resource").fill("algo://nlp/*")  # typed and not added is meant too


def pages_of(host: str) -> Callable[[Page], None]:
    def fill(page: Page) -> None:
        page.get_by_label("Web browser").check()
        page.get_by_label("Referrer hostnames").fill(host)

    return fill


def choose(level: str) -> Callable[[Page], None]:
    return lambda page: page.get_by_label(level).check()


def network(cidr: str) -> Callable[[Page], None]:
    def fill(page: Page) -> None:
        unfold(page, "Networks")
        page.get_by_label("Networks, one a line").fill(cidr)

    return fill


def limit(title: str, count: str, unit: str = "") -> Callable[[Page], None]:
    def fill(page: Page) -> None:
        unfold(page, title)
        part = page.locator("details", has_text=title).first
        part.get_by_label("Number of requests").fill(count)
        if unit:
            part.locator("select").select_option(unit)

    return fill


def first_day(day: str) -> Callable[[Page], None]:
    def fill(page: Page) -> None:
        unfold(page, "Not before")
        page.get_by_label("First day").fill(day)

    return fill


CASES = [
    Case("resources", only_demo, OTHER, "resource-not-allowed", add_nlp, HELLO),
    Case("native", lambda page: None, FROM_A_PAGE, "origin-not-allowed", pages_of("*.example.org"), WHOAMI),
    Case("host", pages_of("www.example.org"), ELSEWHERE, "origin-not-allowed", pages_of("*.evil.example"), FROM_A_PAGE),
    Case("no data", lambda page: None, READ, "data-access-denied", choose("Read only"), WHOAMI),
    Case("read only", choose("Read only"), WRITE, "data-access-denied", choose("Read & write"), READ),
    Case("networks", network("10.0.0.0/8\n2001:db8::/32"), WHOAMI, "address-not-allowed", network("127.0.0.0/8")),
    Case("first day", first_day(TOMORROW), WHOAMI, "not-yet-valid", first_day("")),
    Case("rate", limit("Rate limit", "2", "hour"), WHOAMI, "rate-limited", limit("Rate limit", "3")),
    Case("quota", limit("Quota", "2", "day"), WHOAMI, "quota-exceeded", limit("Quota", "3")),
]


@pytest.fixture(params=CASES, ids=lambda case: case.name)
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.param
    return found


def test_a_rule_set_in_the_form_admits_and_refuses_and_obeys_its_change(case, alices_page, site):
    page: Page = alices_page
    page.get_by_role("link", name="Generate API key").first.click()
    page.get_by_label("Name", exact=True).fill("mine")
    case.set(page)
    page.get_by_role("button", name="Generate", exact=True).click()
    token = page.locator("[name=token]").first.input_value()

    def send(request: Request) -> requests.Response:
        method, path, headers = request
        body: Any = "Ada" if method in {"POST", "PUT"} else None
        headers = headers | {"Authorization": f"Bearer {token}", "Content-Type": "text/plain"}
        return requests.request(method, site + path, data=body, headers=headers, timeout=10)

    for request in [case.admitted] if case.admitted else []:
        assert send(request).status_code < 300
    if case.reason in {"rate-limited", "quota-exceeded"}:
        assert [send(case.refused).status_code for _ in range(2)] == [200, 200]
    answer = send(case.refused)
    assert (answer.headers.get("X-Auth-Reason"), answer.status_code in {401, 403, 429}) == (case.reason, True)
    assert ("Retry-After" in answer.headers) == (answer.status_code == 429)

    page.goto(f"{LIST}/{token.rpartition('_')[0]}/edit")
    case.mend(page)
    page.get_by_role("button", name="Save").click()
    expect(page).to_have_url(re.compile(r"/ptl_\w{10}$"))
    assert send(case.refused).status_code < 300


def test_an_expiry_set_in_the_form_admits_until_its_day_is_over(alices_page, site):
    page: Page = alices_page
    page.goto(f"{LIST}/new")
    page.get_by_label("Name", exact=True).fill("for a week")
    page.get_by_label("7 days").check()
    page.get_by_role("button", name="Generate", exact=True).click()
    sent = {"Authorization": f"Bearer {page.locator('[name=token]').first.input_value()}"}
    told = []
    for days in (0, 7, 8):
        midnight = clock.now().replace(hour=0, minute=0, second=1) + timedelta(days=days)
        with time_machine.travel(clock.now() if days == 0 else midnight):
            answer = requests.get(f"{site}/sample/whoami", headers=sent, timeout=10)
        told.append((answer.status_code, answer.headers.get("X-Auth-Reason")))
    assert told == [(200, None), (200, None), (401, "expired")]


def test_a_management_key_and_no_other_manages_keys(alices_page, site):
    page: Page = alices_page
    tokens = {}
    for kind in ("Standard", "Management"):
        page.goto(f"{LIST}/new")
        page.get_by_label("Name", exact=True).fill(kind)
        unfold(page, "Kind")
        page.get_by_label(kind).check()
        page.get_by_role("button", name="Generate", exact=True).click()
        tokens[kind] = page.locator("[name=token]").first.input_value()
        page.get_by_role("link", name="Done").click()
    statuses = {
        kind: requests.get(f"{site}/api/v1/keys", headers={"Authorization": f"Bearer {token}"}, timeout=10).status_code
        for kind, token in tokens.items()
    }
    assert statuses == {"Standard": 403, "Management": 200}
