"""What a key may do and for how long, and changing it later."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from portal import clock
from portal.audit.models import Audit
from portal.keys import default_key, lifecycle, rules
from portal.keys.models import KeyRule
from portal.policy.limits import Quota, Rate
from portal.policy.networks import Networks
from portal.policy.policy import Policy
from portal.site.settings import DAY, SiteSettings

SITE = SiteSettings()
RULES = Policy.read(
    {
        "resources": ["algo://demo/*", "query://*"],
        "origin": {"native": True, "hosts": ["*.example.org"]},
        "networks": ["10.0.0.0/8"],
        "data": "read",
        "rate": "10/second",
        "quota": "1000/day",
    }
)


@pytest.fixture
def key(issue, alice):
    return issue(alice, "ci")[0]


def change(session, by, key, policy=RULES, *, not_before=None, expires_at=None, version=None, site=SITE):
    return rules.change(
        session, by, key, policy=policy, not_before=not_before, expires_at=expires_at or key.expires_at,
        version=key.version if version is None else version, site=site,
    )  # fmt: skip


def indexed(session, key):
    rows = session.scalars(select(KeyRule).where(KeyRule.key_id == key.id).order_by(KeyRule.id))
    return [(row.kind, row.value) for row in rows]


def test_a_key_takes_its_new_rules_and_dates(session, as_alice, key):
    ends = clock.now() + 30 * DAY
    assert change(session, as_alice, key, not_before=clock.now() + DAY, expires_at=ends) is None
    assert (Policy.from_text(key.policy), key.expires_at) == (RULES, ends)


def test_a_new_key_is_indexed_by_what_it_opens(session, key):
    assert indexed(session, key) == [
        ("resource", "algo://*"), ("resource", "collection://*"), ("resource", "query://*"),
        ("resource", "environment://*"), ("data", "none"),
    ]  # fmt: skip


def test_a_change_is_indexed_anew(session, as_alice, key):
    change(session, as_alice, key)
    session.commit()
    assert indexed(session, key) == [
        ("resource", "algo://demo/*"), ("resource", "query://*"), ("host", "*.example.org"),
        ("network", "10.0.0.0/8"), ("data", "read"),
    ]  # fmt: skip


def test_the_entry_of_a_change_tells_before_and_after_of_what_changed_and_nothing_else(session, as_alice, key):
    change(session, as_alice, key, Policy.read(SITE.new_policy().plain() | {"data": "read"}))
    session.commit()
    entry = session.scalars(select(Audit).where(Audit.event == "key:changed")).one()
    assert json.loads(entry.body) == {"name": "ci", "changed": {"data": ["none", "read"]}}


def test_what_changes_nothing_leaves_no_entry_and_no_new_version(session, as_alice, key):
    assert change(session, as_alice, key, Policy.from_text(key.policy)) is None
    assert key.version == 1
    assert session.scalars(select(Audit).where(Audit.event == "key:changed")).all() == []


def test_of_two_changes_that_began_at_the_same_version_one_wins_and_the_other_is_told(session, as_alice, key):
    version = key.version
    assert change(session, as_alice, key, version=version) is None
    assert change(session, as_alice, key, SITE.new_policy(), version=version).reason == "changed"
    assert Policy.from_text(key.policy) == RULES


def test_a_revoked_key_stays_as_it_is(session, as_alice, key):
    lifecycle.revoke(session, as_alice, key)
    assert change(session, as_alice, key).reason == "revoked"


def test_an_expired_key_is_made_anew_and_not_changed(session, as_alice, key):
    key.expires_at = clock.now() - timedelta(seconds=1)
    assert change(session, as_alice, key, expires_at=clock.now() + DAY).reason == "expired"


def test_a_key_that_the_ceiling_has_ended_is_not_changed_either(session, as_alice, key):
    key.created_at = clock.now() - 31 * DAY
    assert change(session, as_alice, key, site=SiteSettings(longest_days=30)).reason == "expired"


@pytest.mark.parametrize(
    ("dates", "site", "reason"),
    [
        ({"expires_at": None}, {}, "expiry-needed"),
        ({"expires_at": 367}, {}, "expiry-too-late"),
        ({"expires_at": 31}, {"longest_days": 30}, "expiry-too-late"),
        ({"expires_at": -1}, {}, "expiry-past"),
        ({"expires_at": 5, "not_before": 5}, {}, "never-valid"),
        ({"expires_at": 5, "not_before": 6}, {}, "never-valid"),
    ],
)
def test_dates_beyond_what_the_site_allows_are_refused(dates, site, reason):
    assert beyond(Policy(), dates, SiteSettings(**site)).reason == reason


@pytest.mark.parametrize(
    ("dates", "site"),
    [
        ({"expires_at": 366}, {}),
        ({"expires_at": 5, "not_before": 4}, {}),
        ({"expires_at": None}, {"no_expiry": True}),
        ({"expires_at": None, "not_before": 4000}, {"no_expiry": True}),
    ],
)
def test_dates_within_it_are_not(dates, site):
    assert beyond(Policy(), dates, SiteSettings(**site)) is None


@pytest.mark.parametrize(
    ("limit", "ceiling", "reason"),
    [
        ({"rate": "101/minute"}, {"rate_ceiling": "100/minute"}, "rate-too-high"),
        ({"rate": "2/second"}, {"rate_ceiling": "100/minute"}, "rate-too-high"),
        ({"rate": "100/minute"}, {"rate_ceiling": "100/minute"}, None),
        ({}, {"rate_ceiling": "100/minute"}, None),  # the ceiling itself holds for it
        ({"quota": "1001/day"}, {"quota_ceiling": "1000/day"}, "quota-too-high"),
        ({"quota": "1000/day"}, {"quota_ceiling": "1000/day"}, None),
    ],
)
def test_a_limit_above_the_ceiling_is_refused(limit, ceiling, reason):
    answer = beyond(Policy.read(limit), {"expires_at": 5}, SiteSettings.from_text(json.dumps(ceiling)))
    assert (answer and answer.reason) == reason


def beyond(policy, days, site):
    moment = clock.now()
    dates = {"not_before": None} | {name: None if n is None else moment + n * DAY for name, n in days.items()}
    return rules.beyond_ceiling(policy, moment, dates["not_before"], dates["expires_at"], site)


def test_what_is_left_as_it_is_comes_under_a_ceiling_that_came_later(session, as_alice, alice, issue):
    old = Policy.read({"resources": ["algo://*"], "rate": "100/minute", "quota": "100/day"})
    key, _ = issue(alice, policy=old)
    session.refresh(key)
    site = SiteSettings(default_days=1, longest_days=5, rate_ceiling=Rate(10, "minute"), quota_ceiling=Quota(9, "day"))
    wish = {"not_before": None, "expires_at": key.expires_at, "version": key.version, "site": site}
    narrower = replace(old, networks=Networks.read(["192.0.2.0/24"]))
    assert rules.change(session, as_alice, key, policy=narrower, **wish) is None
    policy = Policy.from_text(key.policy)
    assert (policy.rate, policy.quota) == (Rate(10, "minute"), Quota(9, "day"))
    assert key.expires_at == site.longest(key.created_at)


def test_a_key_that_waits_for_its_secret_keeps_having_no_end(session, as_alice, alice):
    site = SiteSettings()
    key = default_key.reserve(session, as_alice, alice, prefix="ptl", site=site)
    with time_machine.travel(clock.now() + 400 * DAY):
        wish = {"not_before": None, "expires_at": None, "version": 1, "site": site}
        assert rules.change(session, as_alice, key, policy=Policy(), **wish) is None
    assert key.expires_at is None


def test_a_session_key_is_not_changed(session, as_alice, alice, issue):
    key, _ = issue(alice, kind="session")
    wish = {"not_before": None, "expires_at": key.expires_at, "version": 1, "site": SiteSettings()}
    assert rules.change(session, as_alice, key, policy=Policy(), **wish).reason == "session-key"
