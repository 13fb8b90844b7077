from datetime import timedelta

import pytest

from portal import clock
from portal.accounts.forget import forget_tries
from portal.accounts.models import SignIn, SignInTry
from portal.clock import to_milliseconds
from portal.keys.forget import forget_sign_ins
from portal.usage.fold import MINUTE_MS
from portal.usage.forget import forget_access
from portal.usage.models import Access
from portal.worker.purge import purge

DAY = timedelta(days=1)


@pytest.fixture
def add(session):
    def add_all(*rows):
        session.add_all(rows)
        session.commit()

    return add_all


def tried(ago):
    return SignInTry(bucket="account", at=clock.now() - ago)


def signed_in(person, ended_ago):
    moment = clock.now() - ended_ago
    return SignIn(
        person_id=person.id, sid_hash=repr(ended_ago).encode(), created_at=moment, last_seen_at=moment, ends_at=moment,
        user_agent="",
    )  # fmt: skip


def access(ago, fold=b"f"):
    return Access(minute=to_milliseconds(clock.now() - ago) // MINUTE_MS, fold=fold, calls=1)


def test_what_is_old_goes_and_what_is_not_stays(app, alice, add, session):
    add(tried(2 * DAY), tried(DAY / 2), signed_in(alice, 31 * DAY), signed_in(alice, 29 * DAY))
    add(access(91 * DAY), access(89 * DAY))

    with app.app_context():
        purge()

    assert [session.query(rows).count() for rows in (SignInTry, SignIn, Access)] == [1, 1, 1]


def test_a_batch_goes_at_a_time_the_oldest_tries_first(add, session):
    add(tried(4 * DAY), tried(3 * DAY), tried(2 * DAY))

    assert forget_tries(session, clock.now(), limit=2) == 2
    assert forget_tries(session, clock.now(), limit=2) == 1


def test_access_records_of_one_minute_may_go_apart(add, session):
    add(access(3 * DAY, b"a"), access(3 * DAY, b"b"))

    assert forget_access(session, clock.now(), limit=1) == 1
    assert session.query(Access).count() == 1


def test_a_sign_in_that_a_key_lives_by_stays(alice, add, session, issue):
    sign_in = signed_in(alice, 31 * DAY)
    add(sign_in)
    key, _token = issue(alice)
    key.sign_in_id = sign_in.id
    session.commit()

    assert forget_sign_ins(session, clock.now(), limit=10) == 0


def test_more_may_be_left_when_a_batch_was_full(app, add, monkeypatch):
    monkeypatch.setattr("portal.worker.purge.BATCH", 2)
    add(tried(4 * DAY), tried(3 * DAY), tried(2 * DAY))

    with app.app_context():
        assert purge()
        assert not purge()
