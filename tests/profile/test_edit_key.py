"""Changing a key's name, rules and dates on its page."""

from datetime import UTC, datetime, timedelta

import pytest

from portal import clock
from portal.keys import lifecycle
from portal.policy.policy import Policy
from portal.site.settings import DAY, SiteSettings, end_of_day
from tests.support.form import fields_of
from tests.support.visitor import LIST


@pytest.fixture
def edit(visitor, key):
    """Send the edit form of the key as it is shown, but for some fields."""
    page = f"{LIST}/{key.public_id}/edit"
    return lambda **fields: visitor.send_form(page, page, **fields)


def went_well(answer):
    return answer.status_code == 303 or "HX-Redirect" in answer.headers


def test_the_form_shows_the_key_as_it_is(visitor, issue, alice):
    rules = {"resources": ["algo://demo/*"], "data": "read", "networks": ["10.0.0.0/8"], "rate": "7/second"}
    key, _ = issue(alice, "shaped", policy=Policy.read(rules))
    page = f"{LIST}/{key.public_id}/edit"
    assert went_well(visitor.send_form(page, page))
    assert key.policy == Policy.read(rules).to_text()
    text = visitor.get(page).text
    for shown in ("shaped", "algo://demo/*", "10.0.0.0/8", 'value="7"'):
        assert shown in text


def test_a_form_that_nobody_touched_changes_nothing(edit, reread):
    before = reread()
    was = (before.name, before.policy, before.expires_at, before.not_before, before.version)
    assert went_well(edit())
    after = reread()
    assert (after.name, after.policy, after.expires_at, after.not_before, after.version) == was


def test_name_rules_and_dates_change_together(edit, reread):
    last = clock.now().date() + timedelta(days=10)
    first = clock.now().date() + timedelta(days=2)
    answer = edit(
        name="renamed", resources="query://*", data="write", expiry="day", day=last.isoformat(),
        not_before=first.isoformat(),
    )  # fmt: skip
    assert went_well(answer)
    key = reread()
    assert key.name == "renamed"
    assert Policy.from_text(key.policy) == Policy.read({"resources": ["query://*"], "data": "write"})
    assert key.expires_at == end_of_day(datetime(last.year, last.month, last.day, tzinfo=UTC))
    assert key.not_before == datetime(first.year, first.month, first.day, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": ""}, "Give the key a name"),
        ({"name": "new name", "resources": "nonsense"}, "nonsense"),
        ({"name": "new name", "expiry": "day", "day": "2099-01-01"}, "Choose a day from"),
        ({"name": "taken", "data": "write"}, "already has this name"),
        ({"name": "new name", "expiry": "never"}, ""),
    ],
)
def test_what_is_wrong_is_said_and_nothing_at_all_is_changed(edit, issue, alice, reread, fields, said):
    issue(alice, "taken")
    answer = edit(**fields)
    assert answer.status_code == 422
    assert said in answer.text
    assert fields["name"] in answer.text
    key = reread()
    assert (key.name, key.version, Policy.from_text(key.policy).data.level) == ("ci", 1, "none")


def test_of_two_changes_at_once_the_second_is_told_and_keeps_what_it_typed(
    edit, visitor, session, as_alice, key, reread
):
    page = f"{LIST}/{key.public_id}/edit"
    visitor.get(page)
    assert went_well(edit(data="read"))
    answer = edit(version="1", data="write", networks="10.0.0.0/8")
    assert answer.status_code == 409
    assert "10.0.0.0/8" in answer.text
    assert Policy.from_text(reread().policy).data.level == "read"
    assert went_well(edit(version=str(reread().version), data="write"))


@pytest.mark.parametrize("state", ["revoked", "expired"])
def test_a_key_that_is_over_is_not_changed(edit, session, as_alice, key, reread, state):
    if state == "revoked":
        lifecycle.revoke(session, as_alice, key)
    else:
        key.expires_at = clock.now() - timedelta(seconds=1)
    session.commit()
    answer = edit(data="write", expiry="day", day=(clock.now() + DAY).date().isoformat())
    assert answer.status_code == 422
    assert Policy.from_text(reread().policy).data.level == "none"


def test_another_persons_key_is_as_unknown_as_one_that_never_was(visit, bob, key):
    theirs, never = (visit(bob).get(f"{LIST}/{public_id}/edit") for public_id in (key.public_id, "ptl_0000000000"))
    assert (theirs.status_code, never.status_code) == (404, 404)
    for address in ("edit", "edit/preview"):
        assert visit(bob).post(f"{LIST}/{key.public_id}/{address}", name="mine").status_code == 404


def test_an_expired_key_is_renewed_as_a_new_one_with_its_form_filled_in(visitor, issue, alice, session):
    key, _ = issue(alice, "nightly", policy=Policy.read({"resources": ["algo://demo/*"], "data": "read"}))
    key.expires_at = clock.now() - timedelta(seconds=1)
    session.commit()
    answer = visitor.send_form(f"{LIST}/new?like={key.public_id}", LIST)
    assert answer.status_code == 201
    made = visitor.get(LIST).text
    assert made.count("nightly") >= 2


def test_the_form_is_not_filled_in_from_another_persons_key(visitor, issue, bob):
    key, _ = issue(bob, "secret project")
    assert visitor.get(f"{LIST}/new?like={key.public_id}").status_code == 404


def test_a_beginning_with_a_time_stays_when_something_else_is_changed(visit, alice, issue, session):
    begins = (clock.now() + timedelta(minutes=90)).replace(microsecond=0)
    key, _ = issue(alice, "later", not_before=begins)
    page = f"{LIST}/{key.public_id}/edit"
    assert visit(alice).send_form(page, page, name="renamed").status_code in {200, 303}
    session.rollback()
    session.refresh(key)
    assert (key.name, key.not_before) == ("renamed", begins)


def test_a_page_that_is_out_of_date_says_so_and_can_be_sent_again(visit, alice, issue, session, as_alice):
    key, _ = issue(alice, "ci")
    visitor, page = visit(alice), f"{LIST}/{key.public_id}/edit"
    shown = fields_of(visitor.get(page).text, page)
    lifecycle.rename(session, as_alice, key, "elsewhere", site=SiteSettings())
    session.commit()
    late = visitor.post(page, **shown | {"data": "read"})
    assert (late.status_code, "was changed elsewhere meanwhile" in late.text) == (409, True)
    again = visitor.post(page, **fields_of(late.text, page))
    assert again.status_code in {200, 303}
    session.refresh(key)
    assert (key.name, '"data":"read"' in key.policy) == ("ci", True)
