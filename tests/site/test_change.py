"""Changing a setting of the site."""

import pytest
from sqlalchemy import select

from portal.audit.events import SHELL
from portal.audit.models import Audit
from portal.policy.limits import Quota, Rate
from portal.site import change
from portal.site.models import Site
from portal.site.settings import SiteSettings


def test_a_site_has_its_defaults_until_they_are_changed(session):
    assert change.current(session) == SiteSettings()


def test_a_change_is_kept_and_leaves_one_entry(session):
    assert change.change(session, SHELL, "longest_days", "180") is None
    session.commit()
    assert change.current(session).longest_days == 180
    entry = session.scalars(select(Audit)).one()
    assert (entry.event, entry.subject) == ("site:changed", "longest_days")
    assert '"before":"366"' in entry.body.replace(" ", "")


def test_what_changes_nothing_leaves_no_entry(session):
    assert change.change(session, SHELL, "longest_days", "366") is None
    assert session.scalars(select(Audit)).all() == []


def test_a_change_back_to_the_default_is_a_change(session):
    change.change(session, SHELL, "no_expiry", "yes")
    change.change(session, SHELL, "no_expiry", "no")
    assert change.current(session) == SiteSettings()
    assert session.scalars(select(Site.version)).one() == 2


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("longest", "1", "setting-unknown"),
        ("longest_days", "soon", "setting-invalid"),
        ("longest_days", "9" * 5000, "setting-invalid"),
        ("longest_days", "89", "default-too-long"),
        ("default_days", "367", "default-too-long"),
        ("default_rate", "11/minute", "default-too-high"),
        ("default_quota", "101/day", "default-too-high"),
    ],
)
def test_a_change_that_makes_no_sense_is_refused_and_changes_nothing(session, name, text, reason):
    assert change.change(session, SHELL, "rate_ceiling", "10/minute") is None
    assert change.change(session, SHELL, "quota_ceiling", "100/day") is None
    assert change.change(session, SHELL, name, text).reason == reason
    session.commit()
    assert change.current(session) == SiteSettings(rate_ceiling=Rate(10, "minute"), quota_ceiling=Quota(100, "day"))
    assert len(session.scalars(select(Site)).all()) == 2


def test_a_ceiling_under_the_default_is_refused(session):
    change.change(session, SHELL, "default_rate", "100/hour")
    assert change.change(session, SHELL, "rate_ceiling", "10/hour").reason == "default-too-high"
