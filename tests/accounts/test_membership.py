"""Changing one's password: tries at the current one are counted."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from portal import clock
from portal.accounts import membership, sessions, throttle
from portal.accounts.models import SignInTry
from portal.accounts.throttle import Throttled
from portal.audit.events import Event
from portal.audit.models import Audit


@pytest.fixture
def guess(session, as_alice, alice):
    """Give a wrong current password, as the door does."""

    def once():
        tries = membership.begin_change(session, as_alice, alice)
        if not isinstance(tries, Throttled):
            membership.refuse_password(session, as_alice, alice)
        session.commit()
        return tries

    return once


def refused_entries(session):
    return session.scalar(select(func.count()).where(Audit.event == Event.PASSWORD_REFUSED))


def test_the_eleventh_guess_at_the_current_password_must_wait(guess):
    assert not any(isinstance(guess(), Throttled) for _ in range(throttle.PER_PERSON))
    assert 0 < guess().retry_after <= 300


def test_guesses_at_one_password_do_not_hold_another_person_up(guess, session, as_alice, bob):
    for _ in range(throttle.PER_PERSON + 1):
        guess()
    assert not isinstance(membership.begin_change(session, as_alice, bob), Throttled)


def test_a_change_takes_its_try_back(session, as_alice, alice):
    for _ in range(throttle.PER_PERSON + 1):
        tries = membership.begin_change(session, as_alice, alice)
        membership.change_password(session, as_alice, alice, b"hash", tries=tries)
    assert session.scalars(select(SignInTry)).all() == []


def test_repeated_guesses_leave_one_entry_a_minute(guess, session):
    with time_machine.travel(clock.now(), tick=False) as traveller:
        for _ in range(15):
            guess()
        assert refused_entries(session) == 1
        traveller.shift(timedelta(seconds=61))
        guess()
    assert refused_entries(session) == 2


@pytest.fixture
def finish(session, as_alice, alice):
    """Change the password from an open sign-in, after `meanwhile`."""

    def do(meanwhile=lambda _sign_in: None):
        compared, tries = alice.password_hash, membership.begin_change(session, as_alice, alice)
        sign_in = sessions.open_for(session, as_alice, alice, "test").sign_in
        meanwhile(sign_in)
        return membership.finish_change(session, as_alice, sign_in, b"new", compared=compared, tries=tries)

    return do


def test_a_change_from_an_open_sign_in_holds(finish, alice):
    assert finish() is None
    assert alice.password_hash == b"new"


def test_a_change_from_a_sign_in_that_ended_meanwhile_is_refused(finish, session, as_alice, alice):
    assert finish(lambda sign_in: sessions.end(session, as_alice, sign_in)).reason == "overtaken"
    session.commit()
    assert alice.password_hash != b"new"
    assert refused_entries(session) == 1


def test_a_change_of_a_password_that_was_changed_meanwhile_is_refused(finish, session, as_alice, alice):
    assert finish(lambda _: membership.change_password(session, as_alice, alice, b"first")).reason == "overtaken"
    assert alice.password_hash == b"first"
