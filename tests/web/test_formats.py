from datetime import UTC, datetime, timedelta, timezone

import pytest
import time_machine

from portal.web import formats

NOON = datetime(2026, 11, 20, 12, 0, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def at_noon(app):
    with time_machine.travel(NOON, tick=False), app.test_request_context():
        yield


@pytest.mark.parametrize(
    ("distance", "words"),
    [
        (timedelta(0), "Just now"), (timedelta(seconds=-30), "Just now"), (timedelta(minutes=-3), "3 minutes ago"),
        (timedelta(hours=-2), "2 hours ago"), (timedelta(days=-12), "2 weeks ago"), (timedelta(days=3), "in 3 days"),
    ],
)  # fmt: skip
def test_near_times_are_said_in_words(distance, words):
    assert formats.ago(NOON + distance) == words


@pytest.mark.parametrize(
    ("distance", "words"),
    [
        (timedelta(days=90), "in 90 days"), (timedelta(days=-18), "18 days ago"), (timedelta(days=400), "in 400 days"),
        (timedelta(days=1), "in 1 day"), (timedelta(days=-1), "1 day ago"),
    ],
)  # fmt: skip
def test_days_are_counted_as_days_however_many(distance, words):
    assert formats.days_away(NOON + distance) == words


@pytest.mark.parametrize(
    ("hour", "days", "words"),
    [(23, 90, "in 90 days"), (23, 0, "today"), (0, 0, "today"), (0, 1, "in 1 day"), (23, -1, "1 day ago")],
)
def test_a_day_is_one_of_the_calendar_whatever_the_hour(hour, days, words):
    assert formats.days_away(NOON.replace(hour=hour, minute=59) + timedelta(days=days)) == words


def test_the_calendar_is_that_of_utc():
    east = timezone(timedelta(hours=14))
    assert formats.days_away((NOON + timedelta(hours=11)).astimezone(east)) == "today"


def test_dates_and_exact_times_are_utc():
    assert formats.day(NOON) == "20 Nov 2026"
    assert formats.clock_time(NOON) == "12:00"
    assert formats.exact(NOON) == "2026-11-20 12:00:30 UTC"
