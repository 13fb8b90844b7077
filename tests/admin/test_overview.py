"""What an admin sees first."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import event

from portal import clock
from portal.clock import to_milliseconds
from portal.extensions import db
from portal.keys import lifecycle
from portal.keys.models import Key, KeyLastUsed
from portal.site.settings import DAY, SiteSettings
from portal.usage import census
from portal.usage.models import Access, UsageHour
from portal.usage.series import hour_of
from portal.usage.tally import SITE

HOUR = timedelta(hours=1)


@pytest.fixture
def add(session):
    def add_all(*rows):
        session.add_all(rows)
        session.commit()

    return add_all


@pytest.fixture
def admin(visit, ada):
    return visit(ada)


@pytest.fixture
def words(admin):
    """The words of the page, without its tags."""

    def read(query=""):
        text = admin.get(f"/admin/{query}").text
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))

    return read


def used(ago, calls, refused=0, key_id=SITE):
    return UsageHour(key_id=key_id, hour=hour_of(clock.now() - ago), calls=calls, refused=refused)


def stranger(address, calls):
    minute = to_milliseconds(clock.now() - HOUR) // 60_000
    return Access(minute=minute, fold=address.encode(), address=address, reason="unknown", calls=calls)


def keep_census(session):
    census.keep(session, census.count(session, SiteSettings()))
    session.commit()


def test_to_others_it_does_not_exist(visit, alice):
    assert visit(alice).get("/admin/").status_code == 404


def test_an_empty_server_says_so(words):
    text = words()
    for sentence in (
        "No calls in this time.", "There is no key yet.", "No key was refused in 24 hours.",
        "No key expires within 7 days.", "Every active key was used or made within 90 days.", "None in 24 hours.",
    ):  # fmt: skip
        assert sentence in text


@pytest.mark.parametrize(
    ("span", "let_in"), [("24h", "1,004"), ("7d", "1,012"), ("30d", "1,028"), ("nonsense", "1,004")]
)
def test_calls_of_the_whole_site_are_shown_over_time(words, add, span, let_in):
    add(used(HOUR, 1004, 7), used(3 * DAY, 8), used(20 * DAY, 16), used(HOUR, 9999, key_id=1))
    text = words(f"?span={span}")
    assert f"{let_in} let in" in text
    assert "7 refused" in text


def test_htmx_gets_the_chart_alone(visit, ada, add):
    add(used(HOUR, 5))
    fragment = visit(ada, htmx=True).get("/admin/?span=7d").text
    assert '<section id="calls"' in fragment
    assert "<html" not in fragment
    assert 'id="by-status"' not in fragment


def test_keys_are_counted_by_status_and_lead_to_those(admin, alice, issue, session):
    issue(alice, "a")
    issue(alice, "b")
    issue(alice, "c")[0].paused_at = clock.now()
    session.commit()
    page = admin.get("/admin/").text
    for status, number in {"active": 2, "paused": 1}.items():
        assert re.search(rf'/admin/keys\?status={status}">.*?<td>\s*{number}\b', page, re.DOTALL)
    assert "/admin/keys?status=revoked" not in page


def test_keys_that_want_to_be_looked_at_are_named_with_their_owners(admin, alice, issue, session):
    soon, _ = issue(alice, "ends soon", expires_at=clock.now() + 2 * DAY)
    stale, _ = issue(alice, "long unused")
    stale.created_at -= 100 * DAY
    session.get(KeyLastUsed, stale.id).at -= 100 * DAY
    session.commit()
    page = admin.get("/admin/").text
    for key, heading, link in (
        (soon, "soon-title", "/admin/keys?status=expires-soon"),
        (stale, "stale-title", "/admin/keys?status=active&amp;unused=90"),
        (stale, "newest-title", "/admin/keys?sort=-created"),
    ):
        card = page.partition(f'aria-labelledby="{heading}"')[2].partition("</section>")[0]
        for part in (key.name, alice.email, f'href="/admin/keys/{key.public_id}"', f'href="{link}"'):
            assert part in card


def test_the_most_refused_keys_come_first(words, alice, issue, add):
    for name, refused in (("a few", 3), ("many", 4000)):
        add(used(HOUR, 0, refused, issue(alice, name)[0].id))
    assert re.search(r"Refusals in 24 hours .* many alice@example.org 4,000 a few alice@example.org 3 ", words())


def test_addresses_with_refused_credentials_lead_to_the_access_log(admin, add):
    add(stranger("203.0.113.9", 12), stranger("2001:db8::1", 3))
    page = admin.get("/admin/").text
    assert 'href="/admin/access?address=203.0.113.9"' in page
    assert re.search(r"203\.0\.113\.9.*2001:db8::1", page, re.DOTALL)


def test_it_says_when_was_counted(words, session):
    counted = census.count(session, SiteSettings())
    row = census.Counted.__dataclass_fields__
    old = type(counted)(**{name: getattr(counted, name) for name in row} | {"at": clock.now() - 3 * HOUR})
    census.keep(session, old)
    session.commit()
    assert "Last count of keys and refusals: 3 hours ago" in words()


def test_a_key_that_was_deleted_since_is_left_out(words, alice, as_alice, issue, session):
    key, _ = issue(alice, "ends soon", expires_at=clock.now() + 2 * DAY)
    keep_census(session)
    lifecycle.delete(session, as_alice, session.get(Key, key.id))
    session.commit()
    assert "ends soon" not in words()


def test_a_hostile_name_is_shown_as_text(admin, alice, issue):
    issue(alice, '"><img src=x onerror=alert(1)>')
    assert "<img" not in admin.get("/admin/").text


def test_much_takes_no_more_queries_than_little_and_none_walks_a_table(app, admin, alice, issue, session, add):
    keep_census(session)
    with_none = len(statements(app, lambda: admin.get("/admin/?span=30d")))
    for number in range(30):
        key, _ = issue(alice, f"key {number}", expires_at=clock.now() + 2 * DAY)
        add(used(HOUR, 1, 1, key.id), stranger(f"10.0.0.{number}", 5))
    add(*(used(number * HOUR, 5) for number in range(700)))
    keep_census(session)
    sent = statements(app, lambda: admin.get("/admin/?span=30d"))
    assert len(sent) == with_none
    plans = [
        str(session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values).all()) for sql, values in sent
    ]
    assert [plan for plan in plans if re.search(r"'SCAN (key|access|usage_hour|person|key_last_used)'", plan)] == []


def statements(app, act):
    seen = []
    with app.app_context():
        engine = db.engine

    def note(_connection, _cursor, statement, values, *_rest):
        if statement.startswith("SELECT"):
            seen.append((statement, values))

    event.listen(engine, "before_cursor_execute", note)
    act()
    event.remove(engine, "before_cursor_execute", note)
    return seen
