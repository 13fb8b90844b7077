"""What a key was used for."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from portal.clock import to_milliseconds
from portal.usage import reports
from portal.usage.models import KeyAddress, KeyNetwork, Refusal, UsageDay, UsageHour
from portal.usage.series import Span, hour_of

NOW = datetime(2026, 11, 21, 10, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def add(session):
    def add_all(*rows):
        session.add_all(rows)
        session.commit()

    return add_all


def used(ago, calls, refused=0, key_id=1):
    return UsageHour(key_id=key_id, hour=hour_of(NOW - ago), calls=calls, refused=refused)


def numbers(series):
    return [(bucket.calls, bucket.refused) for bucket in series.buckets]


def test_a_day_is_24_hours_up_to_this_one_and_gaps_are_none(session, add):
    add(used(0 * HOUR, 3, 1), used(2 * HOUR, 5), used(23 * HOUR, 7), used(24 * HOUR, 99), used(HOUR, 99, key_id=2))
    series = reports.series(session, 1, Span.DAY, NOW)
    assert numbers(series) == [(7, 0), *[(0, 0)] * 20, (5, 0), (0, 0), (3, 1)]
    assert (series.calls, series.refused) == (15, 1)
    last = series.buckets[-1]
    assert (last.begins, last.ends) == (NOW.replace(minute=0), NOW.replace(hour=11, minute=0))


def test_a_week_is_28_times_six_hours(session, add):
    add(used(0 * HOUR, 1), used(4 * HOUR, 2), used(5 * HOUR, 4))
    series = reports.series(session, 1, Span.WEEK, NOW)
    assert len(series.buckets) == 28
    assert numbers(series)[-2:] == [(4, 0), (3, 0)]
    assert series.buckets[-1].begins == NOW.replace(hour=6, minute=0)


def test_a_month_is_30_days_of_the_calendar(session, add):
    add(used(10 * HOUR, 1), used(11 * HOUR, 2), used(29 * DAY, 4), used(30 * DAY, 99))
    series = reports.series(session, 1, Span.MONTH, NOW)
    assert numbers(series) == [(4, 0), *[(0, 0)] * 27, (2, 0), (1, 0)]


def test_the_lines_of_many_keys_are_those_of_each(session, add):
    add(used(0 * HOUR, 1), used(HOUR, 2), used(2 * DAY, 5, 3), used(0 * HOUR, 9, key_id=2), used(HOUR, 9, key_id=4))
    lines = reports.sparks(session, [1, 2, 3], NOW)
    assert {key_id: line[-3:] for key_id, line in lines.items()} == {1: [5, 0, 3], 2: [0, 0, 9], 3: [0, 0, 0]}
    assert reports.sparks(session, [], NOW) == {}


def test_hours_that_a_clock_left_in_the_future_harm_nothing(session, add):
    add(used(-5 * DAY, 1))
    assert sum(reports.sparks(session, [1], NOW)[1]) == 0
    assert reports.series(session, 1, Span.MONTH, NOW).calls == 0


def test_all_calls_are_those_of_hours_and_of_days(session, add):
    add(used(HOUR, 3, 1), UsageDay(key_id=1, day=1, calls=4, refused=2), UsageDay(key_id=2, day=1, calls=99, refused=9))
    assert reports.totals(session, 1) == reports.Totals(7, 3)
    assert reports.totals(session, 77) == reports.Totals(0, 0)


def test_the_last_refusals_come_newest_first(session, add):
    for number in range(12):
        add(
            Refusal(
                key_id=1, fold=bytes([number]), first_at=NOW, at=NOW + number * HOUR, reason="expired",
                resource=f"/{number}", calls=1,
            )
        )  # fmt: skip
    assert [refusal.resource for refusal in reports.refusals(session, 1, limit=2)] == ["/11", "/10"]


def seen(network, first_ago, key_id=1):
    return KeyNetwork(key_id=key_id, network=network, first_at=NOW - first_ago, last_at=NOW - first_ago / 2)


def test_a_network_is_new_for_a_week_unless_it_was_the_first(session, add):
    add(seen("10.0.0.0/24", 60 * DAY), seen("10.0.1.0/24", 8 * DAY), seen("10.0.2.0/24", 6 * DAY))
    add(seen("10.0.9.0/24", DAY, key_id=2))
    found = reports.networks(session, 1, NOW)
    assert [(place.network[5], place.is_new) for place in found] == [("2", True), ("1", False), ("0", False)]
    assert [place.is_new for place in reports.networks(session, 2, NOW)] == [False]


def test_a_network_knows_its_addresses(session, add):
    add(seen("10.0.0.0/24", DAY), seen("2001:db8:1::/48", 2 * DAY))
    for number, address in enumerate(("10.0.0.4", "10.0.0.5", "2001:db8:1:7::1")):
        add(KeyAddress(key_id=1, address=address, first_at=NOW, last_at=NOW + number * HOUR))
    assert [place.addresses for place in reports.networks(session, 1, NOW)] == [
        ("10.0.0.5", "10.0.0.4"), ("2001:db8:1:7::1",),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "query",
    [
        f"SELECT hour FROM usage_hour WHERE key_id = 1 AND hour >= {hour_of(NOW)}",
        f"SELECT hour FROM usage_hour WHERE key_id IN (1, 2) AND hour >= {hour_of(NOW)}",
        "SELECT * FROM refusal WHERE key_id = 1 ORDER BY at DESC",
        "SELECT * FROM key_network WHERE key_id = 1",
        f"SELECT key_id, hour FROM usage_hour WHERE hour < {hour_of(NOW)} ORDER BY hour LIMIT 500",
        f"SELECT key_id FROM refusal WHERE at < {to_milliseconds(NOW)} ORDER BY at LIMIT 500",
        f"SELECT key_id FROM key_network WHERE last_at < {to_milliseconds(NOW)} ORDER BY last_at LIMIT 500",
    ],
)
def test_each_report_and_each_purge_reads_an_index(session, query):
    if session.get_bind().dialect.name != "sqlite":
        session.execute(text("SET enable_seqscan = off"))  # its tables are empty here
        plan = " ".join(session.scalars(text(f"EXPLAIN {query}")))
        assert "Index" in plan
        return
    (*_, plan), *_more = session.execute(text(f"EXPLAIN QUERY PLAN {query}")).all()
    assert plan.startswith("SEARCH ")
