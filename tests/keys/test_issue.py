"""Issuing a key."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal import clock
from portal.keys import issuing, lifecycle
from portal.keys.models import Key, KeySecret
from portal.keys.token import Token
from portal.site.settings import DAY, SiteSettings


def ask(session, by, owner, peppers, name="ci", **wishes):
    site = SiteSettings()
    wanted = issuing.Wanted(name, site.new_policy(), clock.now() + DAY, **wishes)
    return issuing.issue(session, by, owner, wanted, prefix="ptl", peppers=peppers, site=site)


def test_a_new_key_belongs_to_its_owner_and_is_named(issue, alice):
    key, _ = issue(alice, "nightly upload")
    assert (key.owner_id, key.name, key.kind) == (alice.id, "nightly upload", "standard")


def test_the_token_starts_with_the_public_id(issue, alice):
    key, token = issue(alice)
    assert token.startswith(f"{key.public_id}_")
    assert Token.parse(token).public_id == key.public_id


def test_only_a_digest_of_the_token_is_stored(issue, alice, session, folder):
    _, token = issue(alice)
    assert len(session.scalars(select(KeySecret.digest)).one()) == 32
    secret = token.rpartition("_")[2].encode()
    for path in folder.path.rglob("*"):
        if path.is_file():
            assert secret not in path.read_bytes(), path


def test_two_keys_of_one_person_cannot_share_a_name(issue, alice, session, as_alice, peppers):
    first, _ = issue(alice, "CI")
    answer = ask(session, as_alice, alice, peppers)
    assert (answer.reason, answer.detail["key"]) == ("name-taken", first)


def test_two_people_may_use_the_same_name(issue, alice, bob):
    assert issue(alice, "ci")[0].name == issue(bob, "ci")[0].name


@pytest.mark.parametrize("state", ["revoked", "expired"])
def test_the_name_of_a_key_that_is_over_is_free_again(issue, alice, session, as_alice, state):
    key, _ = issue(alice, "ci")
    if state == "revoked":
        lifecycle.revoke(session, as_alice, key)
    else:
        key.expires_at = clock.now() - timedelta(seconds=1)
    session.commit()
    assert issue(alice, "ci")[0].id != key.id


@pytest.mark.parametrize(
    ("name", "reason"),
    [("", "name-empty"), (" \t ", "name-empty"), ("x" * 65, "name-too-long"), ("a\u202eb", "name-unprintable")],
)
def test_a_name_that_says_nothing_or_lies_is_refused(session, as_alice, alice, peppers, name, reason):
    answer = ask(session, as_alice, alice, peppers, name)
    assert answer.reason == reason


def test_a_form_makes_one_key_however_often_it_is_sent(issue, alice, session, as_alice, peppers):
    key, _ = issue(alice, "ci", form_id="form-1")
    again = ask(session, as_alice, alice, peppers, form_id="form-1")
    assert again == issuing.AlreadyIssued(key)
    assert len(session.scalars(select(Key)).all()) == 1


def test_a_form_of_someone_else_makes_nothing_and_tells_nothing(issue, alice, bob, session, as_alice, peppers):
    issue(bob, "secret project", form_id="form-1")
    answer = ask(session, as_alice, alice, peppers, form_id="form-1")
    assert (answer.reason, answer.detail) == ("form-taken", {})


def test_there_is_no_limit_on_the_number_of_keys(issue, alice, session):
    for number in range(60):
        issue(alice, f"key {number}", expires_at=clock.now() + DAY)
    assert len(session.scalars(select(Key)).all()) == 60
