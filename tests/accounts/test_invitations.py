"""Invitations and accounts."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from portal import clock
from portal.accounts import invitations, membership, standing
from portal.accounts.emails import InvalidEmail, clean_email, fold_email
from portal.audit.events import SHELL, Actor
from portal.audit.models import Audit
from tests.cast import ALICE


def test_an_invitation_makes_the_account_it_was_made_for(session):
    token = invitations.invite(session, SHELL, "new@example.org", is_admin=True)
    person = invitations.accept(session, invitations.find(session, token), b"hash", "192.0.2.1")
    assert (person.email, person.is_admin) == ("new@example.org", True)


def test_an_invitation_works_once(session):
    token = invitations.invite(session, SHELL, "new@example.org")
    invitations.accept(session, invitations.find(session, token), b"hash", None)
    assert invitations.find(session, token) is None


def test_an_invitation_ends_after_a_week(session):
    token = invitations.invite(session, SHELL, "new@example.org")
    with time_machine.travel(clock.now() + invitations.LIFETIME + timedelta(seconds=1)):
        assert invitations.find(session, token) is None


def test_a_second_invitation_replaces_the_first(session):
    first = invitations.invite(session, SHELL, "new@example.org")
    second = invitations.invite(session, SHELL, "new@example.org")
    assert invitations.find(session, first) is None
    assert invitations.find(session, second) is not None


def test_another_spelling_of_the_address_replaces_the_first_invitation_too(session):
    first = invitations.invite(session, SHELL, "New@Example.org")
    second = invitations.invite(session, SHELL, "new@example.org")
    assert invitations.find(session, first) is None
    assert invitations.find(session, second) is not None


def test_an_invitation_leaves_those_of_others_alone(session):
    others = invitations.invite(session, SHELL, "other@example.org")
    invitations.invite(session, SHELL, "new@example.org")
    assert invitations.find(session, others) is not None


@pytest.mark.parametrize("token", ["", "x", "\ud800", "x" * 5000])
def test_an_unknown_token_finds_no_invitation(session, token):
    assert invitations.find(session, token) is None


def test_someone_with_an_account_is_not_invited(session, alice):
    assert invitations.invite(session, SHELL, ALICE.upper()).reason == "email-taken"


def test_an_account_made_meanwhile_makes_the_invitation_useless(session, make_person):
    token = invitations.invite(session, SHELL, "new@example.org")
    make_person("new@example.org")
    assert invitations.accept(session, invitations.find(session, token), b"hash", None).reason == "email-taken"


def test_one_address_has_one_account_in_any_spelling(session, alice):
    assert membership.create(session, SHELL, "ALICE@Example.ORG", None).reason == "email-taken"


@pytest.mark.parametrize("email", ["admin@example.org", "a@localhost", "x@corp.local", "ü@example.org"])
def test_addresses_of_public_and_private_nets_are_taken(email):
    assert fold_email(clean_email(f" {email} ")) == fold_email(email)


@pytest.mark.parametrize(
    "email", ["", "a", "a@", "@b", "a b@c.d", "a@b\r\nBcc: x@y.z", "\ud800@x.y", "x" * 300 + "@y.z"]
)
def test_what_is_no_address_is_refused(email):
    with pytest.raises(InvalidEmail):
        clean_email(email)


def test_someone_who_was_added_sets_a_password_on_their_invitation(session):
    token = invitations.add(session, SHELL, "new@example.org")
    added = membership.by_email(session, "new@example.org")
    assert added.password_hash is None
    person = invitations.accept(session, invitations.find(session, token), b"hash", "192.0.2.1")
    assert (person.id, person.password_hash) == (added.id, b"hash")
    assert invitations.find(session, token) is None


def test_someone_who_has_a_password_by_now_keeps_it(session):
    token = invitations.add(session, SHELL, "new@example.org")
    membership.by_email(session, "new@example.org").password_hash = b"own"
    assert invitations.accept(session, invitations.find(session, token), b"hash", None).reason == "email-taken"


def test_someone_who_was_added_gets_another_invitation_when_the_first_was_lost(session):
    lost = invitations.add(session, SHELL, "new@example.org")
    token = invitations.invite(session, SHELL, "New@Example.org")
    assert invitations.find(session, lost) is None
    assert invitations.find(session, token) is not None


def test_nobody_is_added_twice(session, alice):
    assert invitations.add(session, SHELL, ALICE).reason == "email-taken"
    assert invitations.add(session, SHELL, "nobody").reason == "email-invalid"


def test_an_invitation_does_not_open_a_disabled_account(session):
    token = invitations.add(session, SHELL, "new@example.org")
    membership.by_email(session, "new@example.org").disabled_at = clock.now()
    assert invitations.accept(session, invitations.find(session, token), b"hash", None).reason == "person-disabled"
    assert invitations.invite(session, SHELL, "new@example.org").reason == "person-disabled"


def unmade(session, maker):
    assert standing.unmake_admin(session, SHELL, maker) is None


def disabled(session, maker):
    assert standing.disable(session, SHELL, maker) is None


@pytest.mark.parametrize("stop", [unmade, disabled])
@pytest.mark.parametrize("come", [invitations.invite, invitations.add])
def test_an_admin_who_was_stopped_does_not_come_back_as_an_admin_by_a_link_of_theirs(
    session, ada, make_person, come, stop
):
    eve = make_person("eve@example.org", is_admin=True)
    token = come(session, Actor(eve.email, eve.id), "new@example.org", is_admin=True)
    stop(session, eve)
    person = invitations.accept(session, invitations.find(session, token), b"hash", None)
    assert (person.email, person.password_hash, person.is_admin) == ("new@example.org", b"hash", False)


@pytest.mark.parametrize("come", [invitations.invite, invitations.add])
def test_whom_a_living_admin_lets_in_as_an_admin_comes_as_one(session, ada, come):
    token = come(session, Actor(ada.email, ada.id), "new@example.org", is_admin=True)
    assert invitations.accept(session, invitations.find(session, token), b"hash", None).is_admin


def test_somebody_added_as_an_admin_whose_maker_is_gone_leaves_that_in_the_trail(session, ada, make_person):
    eve = make_person("eve@example.org", is_admin=True)
    token = invitations.add(session, Actor(eve.email, eve.id), "new@example.org", is_admin=True)
    unmade(session, eve)
    invitations.accept(session, invitations.find(session, token), b"hash", None)
    session.commit()
    entries = session.scalars(select(Audit).where(Audit.event == "admin:unmade").order_by(Audit.seq)).all()
    assert [(entry.actor, entry.subject) for entry in entries] == [("shell", eve.email), ("portal", "new@example.org")]


def test_open_invitations_are_listed_newest_first_and_in_pages(session):
    start = clock.now()
    for number in range(5):
        with time_machine.travel(start + timedelta(minutes=number), tick=False):
            invitations.invite(session, SHELL, f"new{number}@example.org")
    with time_machine.travel(start + timedelta(hours=1), tick=False):
        page = invitations.open_ones(session, most=3)
        rest = invitations.open_ones(session, page[-1].id, most=3)
    assert [one.email[3] for one in page + rest] == ["4", "3", "2", "1", "0"]


def test_an_invitation_that_is_over_is_not_listed_and_not_withdrawn(session):
    used = invitations.invite(session, SHELL, "new@example.org")
    found = invitations.find(session, used)
    invitations.accept(session, found, b"hash", None)
    assert invitations.open_ones(session) == []
    assert invitations.withdraw(session, SHELL, found.id) is None
    assert invitations.withdraw(session, SHELL, 2**60) is None


def test_a_withdrawn_invitation_opens_nothing(session):
    token = invitations.invite(session, SHELL, "new@example.org")
    [found] = invitations.open_ones(session)
    assert invitations.withdraw(session, SHELL, found.id).email == "new@example.org"
    assert invitations.find(session, token) is None
    assert invitations.open_ones(session) == []
    session.commit()
    assert session.scalars(select(Audit.event).where(Audit.event == "invitation:withdrawn")).all() != []
