from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from portal import clock
from portal.accounts.forget import forget_tries
from portal.accounts.models import Invitation, SignIn, SignInTry
from portal.clock import to_milliseconds
from portal.keys import rotation, session_keys
from portal.keys.forget import CHANGES_KEPT, forget_changes, forget_quotas, forget_sign_ins
from portal.keys.models import KeyChange, KeySecret, Quota
from portal.site.settings import SiteSettings
from portal.usage.fold import MINUTE_MS
from portal.usage.forget import forget_access
from portal.usage.models import Access, UsageDay, UsageHour
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


def invited(over_ago, *, used=False):
    moment = clock.now() - over_ago
    ends_at = clock.now() + 6 * DAY if used else moment
    return Invitation(
        token_hash=repr((over_ago, used)).encode(), email="new@example.org", made_at=moment, ends_at=ends_at,
        used_at=moment if used else None,
    )  # fmt: skip


def hour_of(ago):
    return UsageHour(key_id=1, hour=to_milliseconds(clock.now() - ago) // 3_600_000, calls=1, refused=0)


def access(ago, fold=b"f"):
    return Access(minute=to_milliseconds(clock.now() - ago) // MINUTE_MS, fold=fold, calls=1)


def test_what_is_old_goes_and_what_is_not_stays(app, alice, add, session):
    add(tried(2 * DAY), tried(DAY / 2), signed_in(alice, 31 * DAY), signed_in(alice, 29 * DAY))
    add(access(91 * DAY), access(89 * DAY))

    with app.app_context():
        purge()

    assert [session.query(rows).count() for rows in (SignInTry, SignIn, Access)] == [1, 1, 1]


def test_hours_become_days_after_31_days(app, add, session):
    add(hour_of(32 * DAY), hour_of(30 * DAY))

    with app.app_context():
        purge()

    assert [session.query(rows).count() for rows in (UsageHour, UsageDay)] == [1, 1]


def test_a_sign_in_goes_30_days_after_it_was_ended_however_long_it_might_have_lasted(app, alice, add, session):
    long_over, just_over = signed_in(alice, 31 * DAY), signed_in(alice, 29 * DAY)
    for sign_in in (long_over, just_over):
        sign_in.ended_at, sign_in.ends_at = sign_in.ends_at, clock.now() + DAY
    add(long_over, just_over)

    with app.app_context():
        purge()

    assert session.scalars(select(SignIn.sid_hash)).all() == [just_over.sid_hash]


def test_an_invitation_goes_30_days_after_it_was_used_or_over(app, add, session):
    add(*(invited(days * DAY, used=used) for days in (31, 29) for used in (True, False)), invited(-DAY))

    with app.app_context():
        purge()

    assert session.query(Invitation).count() == 3


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


def test_the_counts_of_a_quota_go_when_their_day_or_month_is_over(alice, add, session, issue):
    key, _token = issue(alice)
    windows = ("2026-10", "2026-11", "2026-12", "2026-11-20", "2026-11-21", "2026-11-22")
    add(*(Quota(key_id=key.id, window=window, used=1) for window in windows))

    gone = forget_quotas(session, datetime(2026, 11, 21, 12, tzinfo=UTC), limit=10)

    left = session.scalars(select(Quota.window).order_by(Quota.window)).all()
    assert (gone, left) == (2, ["2026-11", "2026-11-21", "2026-11-22", "2026-12"])


def test_the_old_secret_of_a_rotation_goes_90_days_after_its_end(app, alice, session, as_alice, peppers, issue):
    for name, age in (("old", 91 * DAY), ("recent", 89 * DAY)):
        key, _token = issue(alice, name)
        rotation.rotate(session, as_alice, key, None, peppers=peppers, site=SiteSettings())
        session.query(KeySecret).filter_by(key_id=key.id).filter(KeySecret.ends_at.is_not(None)).one().ends_at -= age
    session.commit()

    with app.app_context():
        purge()

    assert session.query(KeySecret).count() == 3


def test_session_keys_are_revoked_when_their_sign_in_has_ended_by_itself(app, alice, add, session, issue):
    sign_in = signed_in(alice, DAY)
    add(sign_in)
    key, _token = issue(alice)
    key.sign_in_id = sign_in.id
    session.commit()

    with app.app_context():
        purge()

    session.refresh(key)
    assert (key.revoked_by, key.revoked_reason) == (alice.email, session_keys.ENDED)


def test_the_log_of_changes_keeps_its_newest_entries(add, session):
    add(*[KeyChange(seq=number) for number in (1, 2, 3, CHANGES_KEPT, CHANGES_KEPT + 2)])
    assert forget_changes(session, clock.now(), limit=1) == 1
    assert forget_changes(session, clock.now(), limit=9) == 1
    assert session.scalars(select(KeyChange.seq).order_by(KeyChange.seq)).all() == [3, CHANGES_KEPT, CHANGES_KEPT + 2]


def test_a_log_of_changes_that_is_empty_stays_empty(session):
    assert forget_changes(session, clock.now(), limit=9) == 0
