"""Open sign-ins and how they end."""

from datetime import timedelta

import pytest
import time_machine

from portal import clock
from portal.accounts import sessions
from portal.audit.events import Event
from portal.audit.models import Audit
from portal.keys import sign_outs


@pytest.fixture
def opened(session, as_alice, alice):
    return sessions.open_for(session, as_alice, alice, "Firefox")


def test_the_session_id_finds_its_sign_in(session, opened):
    assert sessions.load(session, opened.sid) is opened.sign_in


@pytest.mark.parametrize("sid", ["", "unknown", "\ud800", "x" * 10_000])
def test_any_other_string_finds_none(session, opened, sid):
    assert sessions.load(session, sid) is None


def test_an_ended_sign_in_is_not_found(session, opened, as_alice):
    sessions.end(session, as_alice, opened.sign_in)
    assert sessions.load(session, opened.sid) is None


def test_a_disabled_person_is_signed_out_at_once(session, opened, alice):
    alice.disabled_at = clock.now()
    assert sessions.load(session, opened.sid) is None


@pytest.mark.parametrize("rest", [sessions.IDLE, sessions.LONGEST])
def test_a_sign_in_ends_when_it_is_idle_or_old(session, opened, rest):
    with time_machine.travel(clock.now() + rest + timedelta(seconds=1)):
        assert sessions.load(session, opened.sid) is None


def test_use_keeps_a_sign_in_alive_but_not_for_ever(session, opened):
    start = clock.now()
    with time_machine.travel(start, tick=False) as traveller:
        for _ in range(13):
            traveller.shift(timedelta(hours=23))
            sessions.touch(session, opened.sign_in)
            session.refresh(opened.sign_in)
            assert sessions.load(session, opened.sid) is not None
        traveller.move_to(start + sessions.LONGEST + timedelta(seconds=1))
        assert sessions.load(session, opened.sid) is None


def test_being_seen_is_noted_once_a_minute(session, opened):
    assert not sessions.needs_touch(opened.sign_in)
    with time_machine.travel(clock.now() + sessions.TOUCH_EVERY):
        assert sessions.needs_touch(opened.sign_in)


def test_ending_all_spares_the_one_that_is_named(session, opened, as_alice, alice):
    other = sessions.open_for(session, as_alice, alice, "Chrome")
    assert sign_outs.end_all(session, as_alice, alice, but=other.sign_in) == 1
    assert sessions.living(session, alice) == [other.sign_in]


def test_another_persons_sign_in_is_not_found(session, opened, bob):
    assert sessions.owned(session, bob, opened.sign_in.id) is None


def test_a_sign_in_ends_once_and_leaves_one_entry(session, opened, as_alice):
    sessions.end(session, as_alice, opened.sign_in)
    sessions.end(session, as_alice, opened.sign_in)
    session.commit()
    assert session.query(Audit).filter_by(event=Event.SESSION_ENDED).count() == 1
