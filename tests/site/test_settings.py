"""The site's settings: how they are spelled, and what they mean for a key."""

import json
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.policy.invalid import InvalidRule
from portal.policy.limits import Quota, Rate
from portal.site.settings import DAY, MOST_DAYS, SCHEMES_LIMIT, SiteSettings, read_setting, spell

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)
)


def test_a_site_where_nobody_set_anything_has_the_defaults_of_the_docs():
    site = SiteSettings.from_text("{}")
    assert (site.default_days, site.longest_days, site.no_expiry) == (90, 366, False)
    assert site.schemes == ("algo", "collection", "query", "environment")
    assert (site.default_rate, site.rate_ceiling, site.default_quota, site.quota_ceiling) == (None, None, None, None)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("schemes", "algo, data  query", ("algo", "data", "query")),
        ("default_days", "30", 30),
        ("longest_days", str(MOST_DAYS), MOST_DAYS),
        ("no_expiry", "Yes", True),
        ("default_key", "off", False),
        ("default_rate", "100/minute", Rate(100, "minute")),
        ("rate_ceiling", "none", None),
        ("quota_ceiling", "10000/month", Quota(10000, "month")),
    ],
)
def test_a_setting_is_read_from_its_text(name, text, value):
    assert read_setting(name, text) == value


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("schemes", "", "schemes"),
        ("schemes", "Algo", "scheme"),
        ("schemes", "algo://*", "scheme"),
        ("schemes", " ".join(f"s{n}" for n in range(SCHEMES_LIMIT + 1)), "schemes"),
        ("default_days", "0", "days"),
        ("default_days", "-1", "days"),
        ("default_days", "1.5", "days"),
        ("default_days", "٣٠", "days"),
        ("longest_days", str(MOST_DAYS + 1), "days"),
        ("no_expiry", "maybe", "yes-or-no"),
    ],
)
def test_a_setting_that_means_nothing_is_refused(name, text, reason):
    with pytest.raises(InvalidRule) as refused:
        read_setting(name, text)
    assert refused.value.reason == reason


@pytest.mark.parametrize("setting", [setting.name for setting in fields(SiteSettings)])
def test_every_default_survives_being_spelled(setting):
    default = getattr(SiteSettings(), setting)
    assert read_setting(setting, spell(default)) == default


def test_the_settings_are_read_from_the_rows_as_the_store_hands_them_over():
    text = json.dumps({"longest_days": "30", "no_expiry": "yes", "a_setting_of_a_newer_version": "1"})
    assert SiteSettings.from_text(text) == replace(SiteSettings(), longest_days=30, no_expiry=True)


def test_a_key_may_last_to_the_end_of_its_last_day():
    assert SiteSettings(longest_days=30).longest(NOON) == datetime(2026, 12, 21, 23, 59, 59, tzinfo=UTC)


def test_a_key_ends_at_its_own_end_where_that_comes_first():
    assert SiteSettings().ends(NOON, NOON + DAY) == NOON + DAY


def test_a_key_ends_at_the_ceiling_where_that_comes_first():
    site = SiteSettings(longest_days=30)
    assert site.ends(NOON, NOON + 90 * DAY) == site.ends(NOON, None) == site.longest(NOON)


def test_a_key_without_an_end_ends_never_where_the_site_allows_it():
    assert SiteSettings(no_expiry=True).ends(NOON, None) is None
    assert SiteSettings(no_expiry=True, longest_days=30).ends(NOON, NOON + 90 * DAY) == NOON.replace(
        month=12, hour=23, minute=59, second=59
    )


@given(MOMENTS, MOMENTS, st.integers(1, 400))
def test_the_oldest_key_under_the_ceiling_is_the_oldest(created, moment, days):
    site = SiteSettings(longest_days=days)
    ends = site.ends(created, None)
    assert ends is not None
    assert (ends > moment) == (created >= site.oldest(moment))


def test_a_number_that_somebody_wrote_into_the_table_is_no_setting():
    with pytest.raises(InvalidRule) as wrong:
        SiteSettings.from_text('{"longest_days": 30}')
    assert wrong.value.reason == "setting"
