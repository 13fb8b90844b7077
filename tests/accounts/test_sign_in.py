"""Signing in with a password, without a browser."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from portal import clock
from portal.accounts import passwords, sign_in, throttle
from portal.accounts.models import SignIn, SignInTry
from portal.accounts.sessions import Opened
from portal.accounts.throttle import Throttled
from portal.audit.events import Event
from portal.audit.models import Audit
from tests.cast import ALICE, BOB, PASSWORD

HOME = "192.0.2.1"


@pytest.fixture
def try_password(session):
    """Try once, as the door does, and return what came of it."""

    def once(email=ALICE, password=PASSWORD, address=HOME, browser=None):
        attempt = sign_in.begin(session, email, address, browser)
        session.commit()
        if isinstance(attempt, Throttled):
            return attempt
        matched = passwords.matches(password, attempt.password_hash)
        answer = sign_in.finish(session, attempt, matched=matched, user_agent="test")
        session.commit()
        return answer

    return once


def refused_entries(session):
    return session.scalar(select(func.count()).where(Audit.event == Event.SIGN_IN_REFUSED))


def test_the_right_password_opens_a_sign_in(try_password, alice, session):
    answer = try_password()
    assert isinstance(answer, Opened)
    assert session.scalars(select(SignIn)).one().person_id == alice.id


def test_the_email_is_taken_in_any_spelling(try_password, alice):
    assert isinstance(try_password(email=f"  {ALICE.upper()} "), Opened)


def test_only_a_hash_of_the_session_id_is_kept(try_password, alice, session):
    answer = try_password()
    assert answer.sid.encode() not in session.scalars(select(SignIn.sid_hash)).one()
    assert answer.sid not in repr(answer)


@pytest.mark.parametrize("email", [ALICE, "nobody@example.org", "", "not an address", "\ud800", "x" * 5000, "a\x00b"])
def test_every_wrong_try_is_refused_with_the_same_reason(try_password, alice, email):
    assert try_password(email=email, password="wrong").reason == "wrong-credentials"


def test_a_disabled_person_is_refused_with_the_right_password(try_password, alice, session):
    alice.disabled_at = clock.now()
    session.commit()
    assert try_password().reason == "wrong-credentials"


def test_a_person_without_a_password_is_refused(try_password, alice, session):
    alice.password_hash = None
    session.commit()
    assert try_password(password="").reason == "wrong-credentials"


def test_a_password_changed_between_the_two_steps_no_longer_opens(alice, session):
    attempt = sign_in.begin(session, ALICE, HOME)
    alice.password_hash = passwords.hash_password("another long passphrase")
    session.commit()
    assert sign_in.finish(session, attempt, matched=True, user_agent="").reason == "wrong-credentials"


def test_the_eleventh_try_in_five_minutes_must_wait(try_password, alice):
    for _ in range(10):
        try_password(password="wrong")
    answer = try_password()
    assert isinstance(answer, Throttled)
    assert 0 < answer.retry_after <= 300


def test_after_the_wait_the_right_password_opens_again(try_password, alice):
    with time_machine.travel(clock.now(), tick=False) as traveller:
        for _ in range(10):
            try_password(password="wrong")
        wait = try_password().retry_after
        traveller.shift(timedelta(seconds=wait - 1))
        assert isinstance(try_password(), Throttled)
        traveller.shift(timedelta(seconds=1))
        assert isinstance(try_password(), Opened)


def test_a_clock_that_was_set_back_locks_nobody_out(try_password, alice, session):
    with time_machine.travel(clock.now() + timedelta(days=2)):
        for _ in range(11):
            try_password(password="wrong")
    assert isinstance(try_password(), Opened)
    try_password(password="wrong")
    assert refused_entries(session) == 2


def test_a_success_takes_its_try_back(try_password, alice, session):
    for _ in range(30):
        assert isinstance(try_password(), Opened)
    assert session.scalars(select(SignInTry)).all() == []


def test_guesses_at_one_account_do_not_lock_another_out(try_password, alice, bob):
    for _ in range(10):
        try_password(password="wrong")
    assert isinstance(try_password(email=BOB), Opened)


def test_guesses_from_elsewhere_do_not_lock_the_person_out(try_password, alice):
    for _ in range(10):
        try_password(password="wrong", address="203.0.113.9")
    assert isinstance(try_password(), Opened)


def test_guesses_from_many_addresses_are_stopped_for_the_account(try_password, alice):
    answers = [try_password(password="wrong", address=f"203.0.113.{number}") for number in range(40)]
    assert sum(isinstance(answer, Throttled) for answer in answers) == 10


def test_guesses_at_many_accounts_are_stopped_for_the_address(try_password):
    answers = [try_password(email=f"p{number}@example.org", password="wrong") for number in range(110)]
    assert sum(isinstance(answer, Throttled) for answer in answers) == 10


def test_a_known_browser_still_gets_in(try_password, alice):
    browser = sign_in.browser_name(alice)
    for number in range(40):
        try_password(password="wrong", address=f"203.0.113.{number}")
    assert isinstance(try_password(browser=browser), Opened)


def test_a_browser_known_to_another_account_counts_for_nothing(try_password, alice, bob):
    browser = sign_in.browser_name(bob)
    for _ in range(10):
        try_password(password="wrong")
    assert isinstance(try_password(browser=browser), Throttled)


def test_a_known_browser_has_its_own_limit(try_password, alice):
    browser = sign_in.browser_name(alice)
    for _ in range(10):
        try_password(password="wrong", browser=browser)
    assert isinstance(try_password(browser=browser), Throttled)


def test_tries_at_the_same_moment_count_before_they_are_made(alice, session):
    begun = [sign_in.begin(session, ALICE, HOME) for _ in range(15)]
    assert sum(isinstance(attempt, Throttled) for attempt in begun) == 5


def test_repeated_refusals_leave_one_entry_a_minute(try_password, alice, session):
    with time_machine.travel(clock.now(), tick=False) as traveller:
        for _ in range(15):
            try_password(password="wrong")
        assert refused_entries(session) == 1
        traveller.shift(timedelta(seconds=61))
        try_password(password="wrong")
    assert refused_entries(session) == 2


def test_nobody_makes_accounts_by_the_hundred_from_one_address(session):
    answers = [throttle.reserve(session, throttle.for_sign_up(HOME)) for _ in range(25)]
    assert sum(isinstance(answer, Throttled) for answer in answers) == 5
    assert not isinstance(throttle.reserve(session, throttle.for_sign_up("203.0.113.9")), Throttled)


def test_no_bucket_is_named_after_what_it_counts(session):
    for buckets in (throttle.for_sign_in(ALICE, HOME, None), throttle.for_sign_up(HOME), throttle.for_password(7)):
        assert not [bucket for bucket in buckets if ALICE in bucket.name or HOME in bucket.name]


def test_what_was_typed_for_no_account_is_kept_nowhere(try_password, session, folder):
    try_password(email="MyPasswordInTheWrongField", password="wrong")
    assert session.scalars(select(Audit.subject)).one() == "no such account"
    content = b"".join(path.read_bytes() for path in folder.path.glob("portal.db*")).lower()
    assert b"mypasswordinthewrongfield" not in content


def test_an_attempt_never_shows_its_hash(alice, session):
    assert "$2b$" not in repr(sign_in.begin(session, ALICE, HOME))


def test_the_limits_are_those_that_the_docs_state():
    assert (10, timedelta(minutes=5)) == (throttle.PER_PAIR, throttle.WINDOW)
