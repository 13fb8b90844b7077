"""How many keys a change of settings would end at once."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from portal import clock
from portal.audit.events import SHELL
from portal.keys import ended_by as module
from portal.keys import lifecycle
from portal.keys.ended_by import Ended, ended_by
from portal.keys.models import Key
from portal.site.settings import DAY, SiteSettings
from tests.support.plans import plan_lines

YEAR, MONTH = SiteSettings(), SiteSettings(longest_days=30, default_days=30)
ENDLESS = SiteSettings(no_expiry=True)


@pytest.fixture
def old(session, alice, issue):
    """Issue a key that was made some days ago: `old(100)`; it ends in 90 days, or `endless` never."""

    def make(days, *, endless=False):
        key, _token = issue(alice, f"key {days} {endless}")
        ends = None if endless else clock.now() + 90 * DAY
        values = {"created_at": clock.now() - timedelta(days=days), "expires_at": ends}
        session.execute(update(Key).where(Key.id == key.id).values(**values))
        session.commit()
        session.refresh(key)
        return key

    return make


def test_a_lower_ceiling_ends_the_living_keys_that_are_older(session, old):
    for days in (10, 29, 32, 200, 400):
        old(days)
    assert ended_by(session, YEAR, MONTH) == Ended(2)


def test_a_higher_ceiling_and_no_change_end_none(session, old):
    old(100)
    assert not ended_by(session, MONTH, YEAR)
    assert not ended_by(session, YEAR, YEAR)
    assert not ended_by(session, YEAR, ENDLESS)


def test_what_does_not_work_anyway_is_not_counted(session, old):
    lifecycle.stop(session, SHELL, old(100))
    old(101).expires_at = clock.now() - DAY
    old(102).secret_made_at = None
    lifecycle.pause(session, SHELL, old(103))
    session.flush()
    assert ended_by(session, YEAR, MONTH) == Ended(1)


def test_keys_without_an_end_end_where_none_are_allowed_any_more(session, old):
    for days in (100, 500, 5000):
        old(days, endless=True)
    old(101)
    assert ended_by(session, ENDLESS, YEAR) == Ended(2)
    assert ended_by(session, ENDLESS, MONTH) == Ended(4)
    assert ended_by(session, ENDLESS, SiteSettings(longest_days=30, no_expiry=True)) == Ended(1)


def test_it_is_counted_up_to_a_limit(session, old, monkeypatch):
    for days in (100, 101, 102):
        old(days)
    monkeypatch.setattr(module, "COUNTED", 2)
    assert ended_by(session, YEAR, MONTH) == Ended(2, is_all=False)


def test_what_was_not_looked_at_may_end_too(session, old, monkeypatch):
    lifecycle.stop(session, SHELL, old(100))
    old(200)
    session.flush()
    monkeypatch.setattr(module, "LOOKED_AT", 1)
    assert ended_by(session, YEAR, MONTH) == Ended(0, is_all=False)
    assert ended_by(session, YEAR, MONTH)


def test_the_keys_are_read_from_an_index(session, alice):
    rows = [
        {"public_id": f"ptl_many{n:06}", "owner_id": alice.id, "name": f"n{n}", "name_folded": f"n{n}",
         "created_at": clock.now() - n * DAY, "policy": "{}", "secret_made_at": clock.now()}
        for n in range(300)
    ]  # fmt: skip
    session.execute(insert(Key), rows)
    plan = "\n".join(plan_lines(session, lambda: ended_by(session, ENDLESS, MONTH)))
    assert "ix_key_created_at_id" in plan
    assert "ix_key_end" in plan
    assert "SCAN key\n" not in plan
    assert "Seq Scan" not in plan
