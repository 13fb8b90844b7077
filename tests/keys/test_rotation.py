"""Rotating a key: a new secret for the same key, and an overlap in which the old one still works."""

import threading
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import clock
from portal.audit.events import Event
from portal.audit.models import Audit
from portal.extensions import WRITES
from portal.keys import finder, issuing, lifecycle, rotation
from portal.keys.forget import forget_ended_secrets
from portal.keys.models import Key, KeySecret, SecretLastUsed
from portal.keys.rotation import AlreadyRotated, Rotated
from portal.keys.token import Token
from portal.policy.limits import Rate
from portal.site.settings import DAY, SiteSettings

HOUR = timedelta(hours=1)
SITE = SiteSettings()


def secrets_of(session, key):
    session.expire_all()
    return session.scalars(select(KeySecret).where(KeySecret.key_id == key.id)).all()


def test_a_rotated_key_keeps_its_id_its_name_and_its_rules(issue, alice, rotate, session):
    key, old = issue(alice, "nightly")
    session.refresh(key)
    before = (key.id, key.public_id, key.name, key.policy, key.created_at, key.expires_at)
    answer = rotate(key, HOUR)
    assert (key.id, key.public_id, key.name, key.policy, key.created_at, key.expires_at) == before
    assert Token.parse(str(answer.token)).public_id == key.public_id
    assert str(answer.token) != old


def test_during_the_overlap_both_secrets_pass_and_afterwards_only_the_new_one(issue, alice, rotate, ask):
    key, old = issue(alice)
    new = rotate(key, HOUR).token
    assert [ask(old), ask(new)] == ["allowed", "allowed"]
    with time_machine.travel(clock.now() + HOUR + timedelta(seconds=1)):
        assert [ask(old), ask(new)] == ["replaced", "allowed"]


def test_without_an_overlap_the_old_secret_is_replaced_at_once(issue, alice, rotate, ask):
    key, old = issue(alice)
    new = rotate(key).token
    assert [ask(old), ask(new)] == ["replaced", "allowed"]


@pytest.mark.parametrize(("act", "reason"), [("pause", "paused"), ("revoke", "revoked"), ("delete", "revoked")])
def test_what_stops_the_key_stops_both_secrets(issue, alice, rotate, ask, session, as_alice, act, reason):
    key, old = issue(alice)
    new = rotate(key, HOUR).token
    getattr(lifecycle, act)(session, as_alice, key)
    session.commit()
    assert [ask(old), ask(new)] == [reason, reason]


def test_an_overlap_never_outlives_the_key(issue, alice, rotate):
    ends = (clock.now() + 2 * HOUR).replace(microsecond=0)
    key, _ = issue(alice, expires_at=ends)
    assert rotate(key, 7 * DAY).overlap_ends == ends


def test_an_overlap_never_outlives_the_sites_ceiling(issue, alice, rotate):
    key, _ = issue(alice, expires_at=None)
    site = SiteSettings(longest_days=3, no_expiry=True)
    assert rotate(key, 400 * DAY, site).overlap_ends == site.longest(clock.now())


def test_an_overlap_that_is_over_before_it_begins_is_refused(issue, alice, rotate):
    assert rotate(issue(alice)[0], -HOUR).reason == "overlap-past"


@pytest.mark.parametrize("state", ["revoked", "expired"])
def test_a_key_that_is_over_is_not_rotated(issue, alice, rotate, session, as_alice, state):
    key, _ = issue(alice)
    if state == "revoked":
        lifecycle.revoke(session, as_alice, key)
    else:
        key.expires_at = clock.now() - HOUR
    assert rotate(key, HOUR).reason == state
    assert len(secrets_of(session, key)) == 1


def test_a_paused_key_may_be_rotated_and_stays_paused(issue, alice, rotate, ask, session, as_alice):
    key, old = issue(alice)
    lifecycle.pause(session, as_alice, key)
    new = rotate(key, HOUR).token
    assert [ask(old), ask(new)] == ["paused", "paused"]


def test_rotating_brings_a_key_under_a_ceiling_that_came_after_it(issue, alice, rotate):
    key, _ = issue(alice, policy=SiteSettings(default_rate=Rate(100, "minute")).new_policy())
    site = SiteSettings(longest_days=30, rate_ceiling=Rate(10, "minute"))
    rotate(key, HOUR, site)
    assert key.expires_at == site.longest(key.created_at)
    assert '"rate":"10/minute"' in key.policy


def test_a_form_rotates_once_however_often_it_is_sent(issue, alice, rotate, session):
    key, _ = issue(alice)
    rotate(key, HOUR, form_id="form-1", version=key.version)
    again = rotate(key, HOUR, form_id="form-1", version=1)
    assert isinstance(again, AlreadyRotated)
    assert len(secrets_of(session, key)) == 2


def test_a_form_of_another_key_rotates_nothing(issue, alice, rotate, session):
    first, second = issue(alice, "first")[0], issue(alice, "second")[0]
    rotate(first, HOUR, form_id="form-1")
    assert rotate(second, HOUR, form_id="form-1").reason == "form-taken"
    assert len(secrets_of(session, second)) == 1


def test_of_two_pages_that_show_the_same_key_the_second_is_told(issue, alice, rotate, session):
    key, _ = issue(alice)
    seen = key.version
    rotate(key, HOUR, version=seen, form_id="here")
    assert rotate(key, HOUR, version=seen, form_id="there").reason == "changed"
    assert len(secrets_of(session, key)) == 2


def test_of_rotations_at_once_one_wins(issue, alice, engine, peppers, session, as_alice):
    key, _ = issue(alice)
    answers, start = [], threading.Barrier(4)

    def run(number):
        start.wait()
        with Session(engine.execution_options(**{WRITES: True}), expire_on_commit=False) as mine, mine.begin():
            found = finder.by_public_id(mine, key.public_id)
            wish = {"peppers": peppers, "site": SITE, "version": 1, "form_id": f"form {number}"}
            answers.append(rotation.rotate(mine, as_alice, found, clock.now() + HOUR, **wish))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(type(answer).__name__ for answer in answers) == ["Refused", "Refused", "Refused", "Rotated"]
    assert len([secret for secret in secrets_of(session, key) if secret.ends_at is None]) == 1


def test_a_rotation_in_an_overlap_replaces_a_new_secret_that_nobody_has_used(issue, alice, rotate, ask):
    key, old = issue(alice)
    lost = rotate(key, HOUR).token
    new = rotate(key, 2 * HOUR).token
    assert [ask(old), ask(lost), ask(new)] == ["allowed", "replaced", "allowed"]
    with time_machine.travel(clock.now() + 2 * HOUR + timedelta(seconds=1)):
        assert ask(old) == "replaced"


def test_regenerating_in_an_overlap_ends_both_secrets(issue, alice, rotate, ask):
    key, old = issue(alice)
    second = rotate(key, HOUR).token
    third = rotate(key).token
    assert [ask(old), ask(second), ask(third)] == ["replaced", "replaced", "allowed"]


def test_ending_the_overlap_stops_the_old_secret_at_once(issue, alice, rotate, ask, session, as_alice):
    key, old = issue(alice)
    new = rotate(key, HOUR).token
    assert rotation.end_overlap(session, as_alice, key)
    session.commit()
    assert [ask(old), ask(new)] == ["replaced", "allowed"]
    assert rotation.overlap(session, key) is None


def test_an_overlap_ends_once(issue, alice, rotate, session, as_alice):
    key, _ = issue(alice)
    rotate(key, HOUR)
    assert rotation.end_overlap(session, as_alice, key)
    assert not rotation.end_overlap(session, as_alice, key)
    session.commit()
    assert session.query(Audit).filter_by(event=Event.KEY_OVERLAP_ENDED).count() == 1


def test_a_rotation_and_its_overlap_are_in_the_audit_without_the_secret(issue, alice, rotate, session):
    key, _ = issue(alice)
    token = rotate(key, HOUR).token
    entry = session.query(Audit).filter_by(event=Event.KEY_ROTATED).one()
    assert entry.subject == key.public_id
    assert token.secret not in entry.body


def test_a_key_without_a_secret_is_not_rotated(issue, alice, rotate, session):
    key, _ = issue(alice)
    key.secret_made_at = None
    assert rotate(key, HOUR).reason == "no-secret"


def test_a_secret_that_ended_long_ago_is_forgotten_with_its_use(issue, alice, rotate, ask, session):
    key, old = issue(alice)
    rotate(key)
    assert forget_ended_secrets(session, clock.now() - HOUR, limit=10) == 0
    assert forget_ended_secrets(session, clock.now() + HOUR, limit=10) == 1
    session.commit()
    assert ask(old) == "unknown"
    assert session.query(SecretLastUsed).count() == 0


def test_the_row_of_a_key_knows_when_its_old_secret_ends(issue, alice, rotate, session):
    key, _ = issue(alice)
    assert key.old_secret_ends_at is None
    answer = rotate(key, HOUR)
    session.expire_all()
    ends = session.get(Key, key.id).old_secret_ends_at
    assert abs(ends - answer.overlap_ends) < timedelta(milliseconds=2)


def test_what_rotated_is_no_other_kind_of_answer(issue, alice, rotate):
    assert isinstance(rotate(issue(alice)[0], HOUR), Rotated)
    assert not isinstance(rotate(issue(alice, "b")[0]), issuing.Issued)
