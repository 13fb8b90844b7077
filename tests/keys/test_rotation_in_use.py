"""Which of two secrets is in use: what an overlap says, and what the next rotation makes of it."""

from datetime import timedelta

from portal.keys import lifecycle, rotation
from portal.keys.models import KeyLastUsed, SecretLastUsed

HOUR = timedelta(hours=1)


def test_a_rotation_in_an_overlap_ends_the_old_secret_when_the_new_one_is_used(issue, alice, rotate, ask):
    key, old = issue(alice)
    second = rotate(key, HOUR).token
    ask(second)
    third = rotate(key, HOUR).token
    assert [ask(old), ask(second), ask(third)] == ["replaced", "allowed", "allowed"]


def test_never_more_than_two_secrets_work(issue, alice, rotate, ask):
    key, token = issue(alice)
    tokens = [token]
    for _ in range(5):
        ask(tokens[-1])
        tokens.append(rotate(key, HOUR).token)
    assert [ask(token) for token in tokens] == ["replaced"] * 4 + ["allowed"] * 2


def test_the_overlap_tells_which_secret_is_in_use(issue, alice, rotate, ask, session):
    key, old = issue(alice)
    new = rotate(key, HOUR).token
    ask(old, "10.0.0.7")
    ask(old, "10.0.0.8")
    session.expire_all()
    both = rotation.overlap(session, key)
    assert (both.old.calls, both.old.used.address, both.new.used) == (2, "10.0.0.8", None)
    ask(new)
    session.rollback()
    assert rotation.overlap(session, key).new.calls == 1


def test_the_old_secret_brings_the_last_use_from_before_the_rotation(issue, alice, rotate, ask, session):
    key, old = issue(alice)
    ask(old, "192.0.2.9")
    rotate(key, HOUR)
    both = rotation.overlap(session, key)
    assert (both.old.used.address, both.old.calls) == ("192.0.2.9", 0)


def test_a_key_that_was_never_rotated_pays_nothing_for_it(issue, alice, ask, session):
    key, token = issue(alice)
    ask(token)
    assert session.query(SecretLastUsed).count() == 0
    assert session.get(KeyLastUsed, key.id) is not None


def test_a_refused_request_is_no_use_of_a_secret(issue, alice, rotate, ask, session, as_alice):
    key, old = issue(alice)
    rotate(key, HOUR)
    lifecycle.pause(session, as_alice, key)
    session.commit()
    ask(old)
    assert rotation.overlap(session, key).old.calls == 0
