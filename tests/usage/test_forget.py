"""What usage forgets."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from portal.usage import forget
from portal.usage.models import KeyAddress, KeyNetwork, Refusal, UsageDay, UsageHour
from portal.usage.series import hour_of

NOW = datetime(2026, 11, 21, 10, 30, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def add(session):
    def add_all(*rows):
        session.add_all(rows)
        session.commit()

    return add_all


def hour(ago, calls, refused=0, key_id=1):
    return UsageHour(key_id=key_id, hour=hour_of(NOW - ago), calls=calls, refused=refused)


def day(number, calls=1, key_id=1):
    return UsageDay(key_id=key_id, day=number, calls=calls, refused=0)


def days(session):
    rows = select(UsageDay.key_id, UsageDay.day, UsageDay.calls, UsageDay.refused)
    return [tuple(row) for row in session.execute(rows.order_by(UsageDay.key_id, UsageDay.day))]


def test_old_hours_become_days_and_no_count_is_lost(session, add):
    add(hour(0 * DAY, 9), hour(2 * DAY, 1, 1), hour(2 * DAY + HOUR, 2), hour(3 * DAY, 4), hour(2 * DAY, 8, key_id=2))
    assert forget.fold_hours(session, NOW - DAY, limit=100) == 4
    today = hour_of(NOW) // 24
    assert days(session) == [(1, today - 3, 4, 0), (1, today - 2, 3, 1), (2, today - 2, 8, 0)]
    assert [row.calls for row in session.scalars(select(UsageHour))] == [9]


def test_a_day_that_becomes_old_hour_by_hour_is_added_up(session, add):
    add(hour(2 * DAY, 1), hour(2 * DAY + HOUR, 2))
    assert [forget.fold_hours(session, NOW - DAY, limit=1) for _ in range(3)] == [1, 1, 0]
    assert [row[2] for row in days(session)] == [3]


def test_days_refusals_and_places_go_when_they_are_old(session, add):
    old, young = NOW - 2 * DAY, NOW - HOUR
    add(day(hour_of(old) // 24), day(hour_of(NOW) // 24))
    for key_id, at in ((1, old), (2, young)):
        add(Refusal(key_id=key_id, fold=b"f", first_at=old, at=at, reason="expired", calls=1))
        add(KeyNetwork(key_id=key_id, network="10.0.0.0/24", first_at=old, last_at=at))
        add(KeyAddress(key_id=key_id, address="10.0.0.1", first_at=old, last_at=at))
    jobs = (forget.forget_days, forget.forget_refusals, forget.forget_networks, forget.forget_addresses)
    assert [job(session, NOW - DAY, 100) for job in jobs] == [1, 1, 1, 1]
    for rows in (Refusal, KeyNetwork, KeyAddress):
        assert session.scalars(select(rows.key_id)).all() == [2]


def test_of_a_person_who_is_gone_no_address_is_kept(session, add, alice, bob, issue):
    keys = [issue(owner)[0] for owner in (alice, bob)]
    for key in keys:
        add(KeyAddress(key_id=key.id, address="10.0.0.1", first_at=NOW, last_at=NOW))
        add(KeyNetwork(key_id=key.id, network="10.0.0.0/24", first_at=NOW, last_at=NOW))
        add(Refusal(key_id=key.id, fold=b"f", first_at=NOW, at=NOW, reason="expired", calls=1))
    forget.forget_person(session, alice.id)
    for rows in (KeyAddress, KeyNetwork, Refusal):
        assert session.scalars(select(rows.key_id)).all() == [keys[1].id]
