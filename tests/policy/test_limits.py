"""Rates and quotas: how they are written, and which of two is the more generous."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.clock import from_milliseconds, to_milliseconds
from portal.policy.invalid import InvalidRule
from portal.policy.limits import COUNT_LIMIT, PERIODS, WINDOWS, Quota, Rate

counts = st.integers(1, COUNT_LIMIT)
rates = st.builds(Rate, counts, st.sampled_from(sorted(PERIODS)))
quotas = st.builds(Quota, counts, st.sampled_from(WINDOWS))
few = st.integers(1, 200)
small_rates = st.builds(Rate, few, st.sampled_from(sorted(PERIODS)))
small_quotas = st.builds(Quota, few, st.sampled_from(WINDOWS))
moments = st.integers(0, to_milliseconds(datetime(2200, 1, 1, tzinfo=UTC)))


def at(*date: int) -> int:
    return to_milliseconds(datetime(*date, tzinfo=UTC))  # type: ignore[arg-type,misc]


@given(rates)
def test_a_rate_is_read_as_it_is_written(rate):
    assert Rate.read(rate.plain()) == rate


@given(quotas)
def test_a_quota_is_read_as_it_is_written(quota):
    assert Quota.read(quota.plain()) == quota


@pytest.mark.parametrize("text", ["100/minute", " 100 / Minute ", "0100/MINUTE", "100\t/minute\n"])
def test_spaces_and_upper_case_are_forgiven_and_written_one_way(text):
    assert Rate.read(text).plain() == "100/minute"


@pytest.mark.parametrize(
    "text",
    ["", "100", "/minute", "100/", "0/minute", "-1/minute", "1.5/minute", "1e3/minute", "1_000/minute", "१/minute",
     "100/day", "100/fortnight", "100/minute/2", "1 00/minute", "100/m\u0131nute", f"{COUNT_LIMIT + 1}/hour",
     "9" * 65 + "/hour", " " * 70 + "1/hour", None, 100, True, ["100/minute"], {"count": 100}],
)  # fmt: skip
def test_what_is_no_rate_is_refused(text):
    with pytest.raises(InvalidRule) as refused:
        Rate.read(text)

    assert (refused.value.reason, refused.value.text) == ("rate", str(text)[:100])


@pytest.mark.parametrize("text", ["", "100", "100/minute", "0/day", "1/week", f"{COUNT_LIMIT + 1}/month", None, 5])
def test_what_is_no_quota_is_refused(text):
    with pytest.raises(InvalidRule) as refused:
        Quota.read(text)

    assert refused.value.reason == "quota"


@pytest.mark.parametrize("text", [f"{COUNT_LIMIT}/hour", "1/second"])
def test_the_bounds_themselves_are_good(text):
    assert Rate.read(text).plain() == text


@given(st.text() | st.none() | st.integers() | st.floats() | st.lists(st.text()))
def test_whatever_is_sent_is_read_or_refused(anything):
    for kind in (Rate, Quota):
        with suppress(InvalidRule):
            assert 1 <= kind.read(anything).count <= COUNT_LIMIT


def test_a_period_is_as_long_as_it_says():
    assert [Rate(1, period).seconds for period in ("second", "minute", "hour")] == [1, 60, 3600]


@pytest.mark.parametrize(
    ("mine", "theirs", "covers"),
    [
        ("100/minute", "100/minute", True),
        ("100/minute", "101/minute", False),
        ("60/minute", "1/second", True),
        ("59/minute", "1/second", False),
        ("10/second", "10/hour", True),  # all ten may come at once
        ("9/second", "10/hour", False),
        ("3600/hour", "60/minute", True),
        ("3600/hour", "61/minute", False),
    ],
)
def test_a_rate_covers_what_can_never_pass_more(mine, theirs, covers):
    assert Rate.read(mine).covers(Rate.read(theirs)) is covers


@pytest.mark.parametrize(
    ("mine", "theirs", "covers"),
    [
        ("100/day", "100/day", True),
        ("100/day", "100/month", True),
        ("99/day", "100/month", False),
        ("3100/month", "100/day", True),
        ("3099/month", "100/day", False),
        ("100/month", "101/month", False),
    ],
)
def test_a_quota_covers_what_can_never_pass_more(mine, theirs, covers):
    assert Quota.read(mine).covers(Quota.read(theirs)) is covers


def most(rate: Rate, seconds: int) -> int:
    """What can pass of a rate within a span: as much as can, whenever it can."""
    return rate.count * max(seconds // rate.seconds, 1)


@given(small_rates, small_rates, small_rates)
def test_a_rate_that_covers_another_never_lets_less_pass(mine, theirs, third):
    assert mine.covers(theirs) == (most(theirs, mine.seconds) <= mine.count)
    if mine.covers(theirs):
        assert all(most(theirs, seconds) <= most(mine, seconds) for seconds in PERIODS.values())
        assert not theirs.covers(third) or mine.covers(third)


@given(small_rates)
def test_a_rate_covers_itself(rate):
    assert rate.covers(rate)


@given(small_quotas, small_quotas, small_quotas)
def test_the_order_of_quotas_is_one(mine, theirs, third):
    assert mine.covers(mine)
    if mine.covers(theirs) and theirs.covers(third):
        assert mine.covers(third)
    if mine.covers(theirs) and theirs.covers(mine):
        assert mine == theirs


@pytest.mark.parametrize(
    ("quota", "moment", "name", "ends", "seconds"),
    [
        ("1/day", at(2026, 11, 21, 12), "2026-11-21", at(2026, 11, 22), 86_400),
        ("1/day", at(2026, 11, 22) - 1, "2026-11-21", at(2026, 11, 22), 86_400),
        ("1/day", at(2026, 12, 31), "2026-12-31", at(2027, 1, 1), 86_400),
        ("1/month", at(2026, 11, 21), "2026-11", at(2026, 12, 1), 30 * 86_400),
        ("1/month", at(2026, 12, 31, 23, 59), "2026-12", at(2027, 1, 1), 31 * 86_400),
        ("1/month", at(2028, 2, 29), "2028-02", at(2028, 3, 1), 29 * 86_400),
    ],
)
def test_a_window_is_a_day_or_a_month_of_the_calendar(quota, moment, name, ends, seconds):
    assert Quota.read(quota).window_at(moment) == (name, ends, seconds)


@given(quotas, moments)
def test_every_moment_lies_in_the_window_that_is_named_after_it(quota, moment):
    window = quota.window_at(moment)

    assert window.ends_ms - window.seconds * 1000 <= moment < window.ends_ms
    assert from_milliseconds(moment).isoformat().startswith(window.name)


@given(quotas, moments)
def test_the_next_window_begins_where_one_ends_and_sorts_after_it(quota, moment):
    window = quota.window_at(moment)
    following = quota.window_at(window.ends_ms)

    assert following.ends_ms - following.seconds * 1000 == window.ends_ms
    assert following.name > window.name
