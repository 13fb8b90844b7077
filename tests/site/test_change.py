"""Changing a setting of the site."""

import threading
from uuid import uuid4

import pytest
from sqlalchemy import select, type_coerce, update
from sqlalchemy.orm import Session
from sqlalchemy.types import UserDefinedType

from portal.audit.events import SHELL
from portal.audit.models import Audit
from portal.extensions import WRITES
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


def test_several_settings_are_changed_together_or_not_at_all(session):
    wanted = {"longest_days": "30", "default_days": "20", "no_expiry": "yes"}
    assert change.change_all(session, SHELL, wanted) == {}
    assert change.current(session) == SiteSettings(longest_days=30, default_days=20, no_expiry=True)
    refused = change.change_all(
        session, SHELL, {"no_expiry": "no", "longest_days": "x", "schemes": "", "colour": "red"}
    )
    assert {name: one.reason for name, one in refused.items()} == {
        "longest_days": "setting-invalid", "schemes": "setting-invalid", "colour": "setting-unknown",
    }  # fmt: skip
    assert change.current(session).no_expiry


def test_a_ceiling_and_a_default_under_it_can_be_set_in_one_change(session):
    assert change.change_all(session, SHELL, {"longest_days": "10", "default_days": "5"}) == {}
    refused = change.change_all(session, SHELL, {"longest_days": "4"})
    assert refused["longest_days"].reason == "default-too-long"


def test_who_saw_an_older_version_changes_nothing(session):
    seen = change.version(session)
    assert change.change_all(session, SHELL, {"no_expiry": "yes"}, seen=seen) == {}
    session.flush()
    assert change.version(session) == seen + 1
    assert change.change_all(session, SHELL, {"new_keys": "no"}, seen=seen)[change.WHOLE].reason == "site-changed"
    assert change.change_all(session, SHELL, {"new_keys": "no"}, seen=seen + 1) == {}


def test_of_two_who_save_what_they_saw_at_once_one_is_told(engine, session):
    ready, answers = threading.Barrier(2), []

    def save(days):
        ready.wait()
        with Session(engine.execution_options(**{WRITES: True})) as mine, mine.begin():
            answers.append(change.change_all(mine, SHELL, {"default_days": days}, seen=0))

    threads = [threading.Thread(target=save, args=(days,)) for days in ("10", "20")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(len, answers)) == [0, 1]


@pytest.fixture(params=["garbage", "[]", "5", '"soon"', "null", "", "[" * 100_000, b"\xff"])
def spoilt(request, session):
    """A setting that somebody wrote by hand, besides one that is good."""
    change.change(session, SHELL, "default_days", "30")
    change.change(session, SHELL, "longest_days", "180")
    session.flush()
    session.execute(update(Site).where(Site.name == "longest_days").values(value=type_coerce(request.param, Raw)))
    session.commit()
    session.expunge_all()


class Raw(UserDefinedType):
    cache_ok = True


def test_of_a_setting_that_cannot_be_read_the_default_holds(session, spoilt):
    assert change.current(session) == SiteSettings(default_days=30)


def test_that_is_logged_once_and_without_what_was_written(session, caplog):
    odd = f"a very odd text {uuid4()}"  # the process has logged no other test's
    session.add(Site(name="longest_days", value=odd, version=1))
    session.commit()
    for _ in range(3):
        change.current(session)
    messages = [record.getMessage() for record in caplog.records if "longest_days" in record.getMessage()]
    assert len(messages) == 1
    assert "odd" not in messages[0]


@pytest.mark.parametrize("text", ["180", "366"])
def test_it_can_be_set_anew_even_to_its_default(session, spoilt, text):
    assert change.change(session, SHELL, "longest_days", text) is None
    session.commit()
    assert change.current(session).longest_days == int(text)
    assert session.scalar(select(Site.value).where(Site.name == "longest_days")) == f'"{text}"'


def test_a_version_that_is_no_number_counts_as_none(session):
    if session.get_bind().dialect.name != "sqlite":
        return  # other databases take nothing but numbers there
    session.add(Site(name="longest_days", value='"180"', version=type_coerce("x", Raw)))
    session.commit()
    session.expunge_all()
    assert change.version(session) == 0
    assert isinstance(change.version(session), int)
    assert change.change(session, SHELL, "longest_days", "200") is None
    session.commit()
    assert change.version(session) == 1
