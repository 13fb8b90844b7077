"""The usage of a key: its line in the list, and its page."""

import re
from datetime import timedelta

import pytest

from portal import clock
from portal.usage.models import KeyAddress, KeyNetwork, Refusal, UsageHour
from portal.usage.recorder import UsageRecorder
from portal.usage.series import hour_of
from portal.usage.sink_sqlite import SqliteSink
from portal.usage.tally import MOST_PLACES
from tests.profile.test_credentials_list import LIST, statements

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def add(session):
    def add_all(*rows):
        session.add_all(rows)
        session.commit()

    return add_all


@pytest.fixture
def page(visit, alice, key):
    """The words of the key's page, without its tags."""

    def read(query=""):
        text = visit(alice).get(f"{LIST}/{key.public_id}{query}").text
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", text)).replace(" ,", ",")

    return read


def used(key, ago, calls, refused=0):
    return UsageHour(key_id=key.id, hour=hour_of(clock.now() - ago), calls=calls, refused=refused)


def refused(key, reason="resource-not-allowed", ago=timedelta(minutes=3), **facts):
    at = clock.now() - ago
    facts = {"address": "10.1.2.3", "resource": "algo://demo/Hello", "calls": 1, "first_at": at} | facts
    return Refusal(key_id=key.id, fold=reason.encode(), at=at, reason=reason, **facts)


def seen(key, network, first_ago):
    first = clock.now() - first_ago
    return KeyNetwork(key_id=key.id, network=network, first_at=first, last_at=clock.now())


def test_a_row_shows_the_calls_of_30_days_as_a_line(visit, alice, key, add):
    add(used(key, 2 * DAY, 1200), used(key, HOUR, 34, 5))
    assert "<title>1,234 calls in 30 days</title>" in visit(alice).get(LIST).text


def test_a_row_of_a_key_that_rests_says_so(visit, alice, key):
    assert "None in 30 days" in visit(alice).get(LIST).text


@pytest.mark.parametrize(
    ("query", "let_in"),
    [("", "4 let in"), ("?span=24h", "4 let in"), ("?span=7d", "12 let in"), ("?span=30d", "28 let in")],
)
def test_the_page_shows_a_day_a_week_or_a_month(page, key, add, query, let_in):
    add(used(key, HOUR, 4, 2), used(key, 3 * DAY, 8), used(key, 20 * DAY, 16))
    assert let_in in page(query)


@pytest.mark.parametrize("query", ["?span=", "?span=1y", "?span=24h%00", f"?span={'x' * 10_000}", "?span=24h&span=7d"])
def test_nonsense_shows_a_day(page, key, add, query):
    add(used(key, HOUR, 4))
    assert "4 let in" in page(query)


def test_htmx_gets_the_chart_alone(visit, alice, key, add):
    add(used(key, HOUR, 4))
    fragment = visit(alice, htmx=True).get(f"{LIST}/{key.public_id}?span=7d").text.strip()
    assert '<section id="usage"' in fragment
    assert "<html" not in fragment


def test_behind_the_chart_is_its_table(page, key, add):
    add(used(key, 0 * HOUR, 4321, 2))
    begins = clock.now().replace(minute=0)
    assert f"{begins:%H:%M} to {begins + HOUR:%H:%M} 4,321 2 " in page()


def test_a_key_without_calls_says_so(page):
    text = page()
    assert "No calls in this time." in text
    assert "Nothing was refused in the last 30 days." in text
    assert "This key was not used yet." in text


def test_a_refusal_is_told_with_its_reason_in_words(page, key, add):
    add(refused(key))
    assert (
        "403 resource-not-allowed, 3 minutes ago, from 10.1.2.3, asked for algo://demo/Hello "
        "This key does not open this resource." in page()
    )


def test_equal_refusals_are_one_with_a_count(page, key, add):
    add(refused(key, calls=1412, first_at=clock.now() - 2 * DAY))
    assert "1,412 times like this, the first 2 days ago." in page()


def test_a_refusal_of_which_little_is_known_is_told_too(page, key, add):
    add(refused(key, reason="no-reason-any-more", address=None, resource=None))
    assert "no-reason-any-more, 3 minutes ago " in page()


def test_a_hostile_resource_is_shown_as_text(visit, alice, key, add):
    add(refused(key, resource="<img src=x onerror=alert(1)>"))
    assert "<img" not in visit(alice).get(f"{LIST}/{key.public_id}").text


def test_a_new_network_is_marked(page, key, add):
    add(seen(key, "10.1.2.0/24", 60 * DAY), seen(key, "2001:db8:1::/48", 3 * DAY))
    add(KeyAddress(key_id=key.id, address="10.1.2.3", first_at=clock.now(), last_at=clock.now()))
    text = page()
    assert "1 address in 2 networks" in text
    assert f"2001:db8:1::/48 New since {clock.now() - 3 * DAY:%-d %b %Y}" in text
    assert text.count("New since") == 1


def test_so_many_addresses_are_counted_and_no_more(page, key, add):
    add(seen(key, "10.1.2.0/24", DAY))
    now = clock.now()
    add(*(KeyAddress(key_id=key.id, address=f"10.1.2.{n}", first_at=now, last_at=now) for n in range(MOST_PLACES)))
    text = page()
    assert f"{MOST_PLACES} addresses or more in 1 network" in text
    assert "and 96 more" in text


def test_nobody_sees_the_usage_of_anothers_key(visit, bob, key):
    assert visit(bob, htmx=True).get(f"{LIST}/{key.public_id}?span=7d").status_code == 404


def test_what_is_recorded_is_what_is_shown(page, folder, key, add):
    from portal.usage.fold import MINUTE_MS, Fold

    recorder = UsageRecorder(SqliteSink(folder.database), every_seconds=3600)
    now_ms = int(clock.now().timestamp() * 1000)
    fold = Fold(now_ms // MINUTE_MS, key.id, key.owner_id, "10.1.2.3", "POST", "algo://demo/Hello", None)
    recorder.record(now_ms, fold)
    recorder.record(now_ms, fold._replace(reason="resource-not-allowed"))
    recorder.close()
    text = page()
    assert "1 let in" in text
    assert "403 resource-not-allowed, Just now, from 10.1.2.3, asked for algo://demo/Hello" in text
    assert "10.1.2.0/24" in text


def test_the_page_takes_as_many_queries_for_much_usage_as_for_none(visit, app, alice, key, add):
    visitor = visit(alice)
    without = len(statements(app, lambda: visitor.get(f"{LIST}/{key.public_id}")))
    add(*(used(key, n * HOUR, 4) for n in range(700)), *(refused(key, f"r{n}") for n in range(50)))
    add(*(seen(key, f"10.1.{n}.0/24", DAY) for n in range(100)))
    assert len(statements(app, lambda: visitor.get(f"{LIST}/{key.public_id}"))) == without


def test_keys_that_expire_within_a_week_are_told_of_and_led_to(visit, alice, issue):
    for days in (2, 6, 30):
        issue(alice, f"in {days}", expires_at=clock.now() + days * DAY)
    visitor = visit(alice)
    page = visitor.get(LIST).text
    assert "2 keys expire within 7 days." in page
    assert f'href="{LIST}?show=expires-soon#keys"' in page
    assert "expire within 7 days" not in visitor.get(f"{LIST}?show=expires-soon").text
    assert "expire within 7 days" not in visitor.get(f"{LIST}?q=in+2").text


def test_one_key_that_expires_is_told_of_as_one(visit, alice, issue):
    issue(alice, expires_at=clock.now() + DAY)
    assert "1 key expires within 7 days." in visit(alice).get(LIST).text


def test_who_has_no_key_that_expires_is_told_nothing(visit, alice, issue):
    issue(alice, "later")
    assert "within 7 days" not in visit(alice).get(LIST).text
