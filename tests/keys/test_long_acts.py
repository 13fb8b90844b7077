"""An act on thousands of keys, a slice at a time."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from portal import clock
from portal.accounts import banners
from portal.audit import trail
from portal.audit.events import SHELL, Event
from portal.audit.models import Audit
from portal.keys import lifecycle, long_acts, many
from portal.keys.long_acts import Progress
from portal.keys.models import Key, LongAct


@pytest.fixture(autouse=True)
def small_slices(monkeypatch):
    monkeypatch.setattr(long_acts, "IN_A_SLICE", 2)


@pytest.fixture
def five(issue, alice, bob):
    return [issue(owner, f"key {number}")[0] for number, owner in enumerate((alice, bob, alice, bob, alice))]


@pytest.fixture
def begun(session, five):
    number = long_acts.begin(
        session, SHELL, "revoke", many.by_owner(session, [key.id for key in five]), "The lab closes"
    )
    session.commit()
    return number


def step(session, number):
    progress = long_acts.go_on(session, number)
    session.commit()
    return progress


def revoked(session):
    return session.scalar(select(func.count()).where(Key.revoked_at.is_not(None)))


def test_it_is_done_slice_by_slice(session, begun):
    assert [step(session, begun) for _ in range(3)] == [Progress(2, False), Progress(4, False), Progress(5, True)]
    assert revoked(session) == 5


def test_when_it_is_over_nothing_is_left_of_it(session, begun):
    for _ in range(3):
        step(session, begun)
    assert step(session, begun) is None
    assert session.scalars(select(LongAct)).all() == []


def test_each_owner_is_told_once_and_at_the_end(session, begun, alice, bob):
    step(session, begun)
    assert banners.shown(session, alice) == []
    step(session, begun)
    step(session, begun)
    assert [json.loads(banner.body)["count"] for banner in banners.shown(session, alice)] == [3]
    assert [json.loads(banner.body)["count"] for banner in banners.shown(session, bob)] == [2]


def test_a_process_that_died_on_the_way_leaves_it_to_be_finished(session, begun):
    step(session, begun)
    (left,) = long_acts.unfinished(session, clock.now() + timedelta(seconds=1))
    step(session, left)
    assert step(session, left) == Progress(5, is_over=True)
    assert session.scalar(select(func.count()).where(Audit.event == Event.KEY_REVOKED)) == 5
    assert trail.find_break(session) is None


def test_what_was_begun_just_now_is_left_to_who_began_it(session, begun):
    assert long_acts.unfinished(session, clock.now() - timedelta(seconds=60)) == []


def test_all_keys_have_the_moment_and_the_reason_of_the_decision(session, begun):
    for _ in range(3):
        step(session, begun)
    session.expire_all()
    assert {(key.revoked_by, key.revoked_reason) for key in session.scalars(select(Key))} == {
        ("shell", "The lab closes")
    }
    assert len({key.revoked_at for key in session.scalars(select(Key))}) == 1


def test_a_slice_that_is_rolled_back_is_done_again(session, begun):
    long_acts.go_on(session, begun)
    session.rollback()
    assert revoked(session) == 0
    assert step(session, begun) == Progress(2, is_over=False)


def test_a_key_that_somebody_revokes_in_between_is_theirs(session, begun, five, as_alice):
    step(session, begun)
    lifecycle.revoke(session, as_alice, five[4], "mine")
    session.commit()
    step(session, begun)
    assert step(session, begun) == Progress(4, is_over=True)
    session.expire_all()
    assert five[4].revoked_reason == "mine"


def test_pausing_goes_the_same_way(session, five):
    number = long_acts.begin(session, SHELL, "pause", [key.id for key in five])
    session.commit()
    while step(session, number) != Progress(5, is_over=True):
        pass
    assert session.scalar(select(func.count()).where(Key.paused_at.is_not(None))) == 5
