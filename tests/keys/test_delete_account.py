"""Deleting, disabling and enabling an account."""

import pytest
from sqlalchemy import select

from portal.accounts import membership, sessions
from portal.accounts.models import Invitation, Person, SignIn
from portal.audit.events import SHELL, Event
from portal.audit.models import Audit
from portal.errors import Refused
from portal.keys import finder, journal, sign_outs
from portal.keys.delete_account import delete_account
from portal.keys.models import Key, KeyLastUsed, KeyRule, KeySecret
from tests.cast import ALICE


@pytest.fixture
def gone(session, alice, as_alice, issue):
    """Alice's account, deleted; the public id and the token of the key that she had."""
    key, token = issue(alice)
    sessions.open_for(session, as_alice, alice, "Firefox")
    session.commit()
    assert delete_account(session, as_alice, alice) is None
    session.commit()
    return key.public_id, token


def test_every_key_of_a_deleted_account_is_stopped_and_in_the_journal(gone, session, folder, peppers):
    public_id, token = gone
    assert finder.by_public_id(session, public_id).revoked_at is not None
    assert finder.by_token(session, peppers, token) is None
    assert public_id in journal.read(folder.journal)


def test_nothing_of_a_deleted_account_says_who_it_was(gone, session):
    for rows in (SignIn, KeySecret, KeyRule, KeyLastUsed, Invitation):
        assert session.scalars(select(rows)).all() == []
    [person] = session.scalars(select(Person))
    [key] = session.scalars(select(Key))
    assert (ALICE not in person.email, person.password_hash, person.is_admin) == (True, None, False)
    assert (key.name, key.policy, key.revoked_by) == ("deleted", "{}", None)


def test_the_e_mail_is_free_again_and_its_new_owner_inherits_nothing(gone, session, peppers):
    again = membership.create(session, SHELL, ALICE, b"")
    assert isinstance(again, Person)
    assert finder.owned(session, again.id, gone[0]) is None
    assert session.scalars(select(Key).where(Key.owner_id == again.id)).all() == []


def test_no_number_of_a_deleted_row_is_given_out_again(gone, session, issue):
    old_person, old_key = session.scalars(select(Person.id)).one(), session.scalars(select(Key.id)).one()
    again = membership.create(session, SHELL, ALICE, b"")
    session.commit()
    key, _ = issue(again)
    assert (again.id, key.id) > (old_person, old_key)


def test_the_audit_trail_says_who_was_deleted_by_whom(gone, session):
    entry = session.scalars(select(Audit).where(Audit.event == Event.PERSON_DELETED)).one()
    assert (entry.subject, entry.actor) == (ALICE, ALICE)


def test_another_persons_keys_go_on(session, alice, bob, issue, as_alice, peppers):
    _, token = issue(bob)
    delete_account(session, as_alice, alice)
    session.commit()
    assert finder.by_token(session, peppers, token).revoked_at is None


@pytest.mark.parametrize("job", [delete_account, sign_outs.disable])
def test_the_last_admin_stays(session, ada, alice, job):
    assert job(session, SHELL, ada) == Refused("last-admin")
    alice.is_admin = True
    assert job(session, SHELL, ada) is None


@pytest.mark.parametrize("job", [delete_account, sign_outs.disable])
def test_an_admin_who_is_disabled_does_not_count(session, ada, alice, job):
    alice.is_admin = True
    assert sign_outs.disable(session, SHELL, alice) is None
    assert job(session, SHELL, ada) == Refused("last-admin")


def test_disabling_signs_out_everywhere_and_enabling_does_not_sign_in_again(session, alice, as_alice):
    sign_in = sessions.open_for(session, as_alice, alice, "Firefox").sign_in
    assert sign_outs.disable(session, SHELL, alice) is None
    assert sign_in.ended_at is not None
    alice.disabled_at = None
    assert not sessions.is_open(sign_in)
