"""Handing keys over to a colleague."""

import json
import threading
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts import banners, sessions
from portal.accounts.models import Person
from portal.audit.events import SHELL, Actor, Event
from portal.audit.models import Audit
from portal.errors import Refused
from portal.extensions import WRITES
from portal.keys import default_key, finder, lifecycle, session_keys, sign_outs
from portal.keys.hand_over import WHY_PAUSED, HandedOver, hand_over
from portal.keys.models import Key
from portal.site.settings import DAY, SiteSettings
from tests.cast import ADA, ALICE, BOB

SITE = SiteSettings()


@pytest.fixture
def give(session):
    """Hand keys over and commit: `give([key], BOB)`."""

    def do(keys, email=BOB, of_apps=(), by=SHELL):
        answer = hand_over(session, by, keys, email, of_apps=of_apps, site=SITE)
        session.commit()
        return answer

    return do


@pytest.fixture
def key(alice, bob, issue):
    return issue(alice, "ci")[0]


def test_a_key_keeps_all_but_its_owner(session, alice, bob, issue, give, ask):
    key, token = issue(alice, "ci")
    session.refresh(key)
    kept = (key.public_id, key.policy, key.created_at, key.expires_at, key.name)

    assert isinstance(give([key]), HandedOver)

    assert (key.public_id, key.policy, key.created_at, key.expires_at, key.name) == kept
    assert finder.owned(session, bob.id, key.public_id) is key
    assert finder.owned(session, alice.id, key.public_id) is None
    assert ask(token) == "allowed"


def test_the_key_of_somebody_disabled_is_paused_until_the_colleague_resumes_it(session, alice, bob, issue, give, ask):
    key, token = issue(alice, "ci")
    sign_outs.disable(session, SHELL, alice)
    session.commit()
    answer = give([key], by=Actor(ADA, None, None))
    assert answer.paused == [key]
    assert (key.paused_by, key.paused_reason) == (ADA, WHY_PAUSED)
    assert ask(token) == "paused"
    entry = session.scalars(select(Audit).where(Audit.event == Event.KEY_HANDED_OVER)).one()
    assert json.loads(entry.body)["paused"] is True
    [told] = banners.shown(session, bob)
    assert told.kind == "keys-received-paused"
    lifecycle.resume(session, SHELL, key)
    session.commit()
    assert ask(token) == "allowed"


def test_a_key_of_somebody_disabled_that_was_paused_before_stays_as_it_was(session, alice, bob, key, give):
    lifecycle.pause(session, SHELL, key, "noisy")
    sign_outs.disable(session, SHELL, alice)
    assert give([key]).paused == []
    assert key.paused_reason == "noisy"


def test_the_key_of_somebody_who_is_not_disabled_is_not_paused(session, alice, key, give):
    assert give([key]).paused == []
    assert key.paused_at is None
    entry = session.scalars(select(Audit).where(Audit.event == Event.KEY_HANDED_OVER)).one()
    assert "paused" not in json.loads(entry.body)


def test_so_many_keys_go_at_once_and_the_others_wait(alice, bob, issue, give, monkeypatch):
    monkeypatch.setattr("portal.keys.hand_over.MOST_AT_ONCE", 2)
    robot = issue(alice, "robot", kind="management")[0]
    keys = [issue(alice, f"n{number}")[0] for number in range(3)]
    answer = give([robot, *keys])
    assert (answer.keys, answer.waiting) == (keys[:2], keys[2:])
    assert [key.owner_id for key in keys] == [bob.id, bob.id, alice.id]
    assert give(answer.waiting).waiting == []


def test_the_next_verdict_names_the_new_owner(store, alice, bob, issue, give, peppers):
    key, token = issue(alice, "ci")
    digest = peppers.digests(token)[0][1]
    assert store.look_up(digest).user == ALICE
    give([key])
    assert store.look_up(digest).user == BOB


def test_each_key_leaves_an_entry_with_what_was_and_what_is(session, alice, bob, issue, give):
    keys = [issue(alice, name)[0] for name in ("ci", "nightly")]
    issue(bob, "CI")
    give(keys)
    entries = session.scalars(select(Audit).where(Audit.event == Event.KEY_HANDED_OVER).order_by(Audit.seq)).all()
    assert [entry.subject for entry in entries] == [key.public_id for key in keys]
    body = json.loads(entries[0].body)
    assert body["before"] == {"owner": ALICE, "name": "ci"}
    assert body["after"] == {"owner": BOB, "name": "ci (2)"}


def test_where_a_name_is_taken_a_number_is_added(session, alice, bob, issue, give):
    for name in ("ci", "Ci (2)"):
        issue(bob, name)
    key, _ = issue(alice, "CI")
    again, _ = issue(alice, "nightly")
    give([key, again])
    assert (key.name, again.name) == ("CI (3)", "nightly")


def test_a_long_name_is_cut_to_make_room_for_its_number(alice, bob, issue, give):
    issue(bob, "x" * 64)
    key, _ = issue(alice, "x" * 64)
    give([key])
    assert key.name == "x" * 60 + " (2)"


def test_the_name_of_a_key_that_is_over_is_free(session, alice, bob, issue, give, as_alice):
    lifecycle.stop(session, SHELL, issue(bob, "ci")[0])
    issue(bob, "old", expires_at=clock.now() - DAY)
    first, _ = issue(alice, "ci")
    second, _ = issue(alice, "old")
    give([first, second])
    assert (first.name, second.name) == ("ci", "old")


def test_two_owners_keys_of_one_name_get_two_names(alice, bob, charlie, issue, give):
    keys = [issue(owner, "ci")[0] for owner in (alice, charlie)]
    give(keys)
    assert sorted(key.name for key in keys) == ["ci", "ci (2)"]


def test_a_default_key_does_not_become_the_default_key_of_another(session, alice, bob, issue, give):
    key, _ = issue(alice, "default-key")
    give([key])
    assert key.name == "default-key (2)"
    assert default_key.of(session, bob.id, SITE) is None


def test_both_are_told(session, alice, bob, key, give):
    give([key])
    [told] = banners.shown(session, alice)
    assert (told.kind, json.loads(told.body)["to"]) == ("keys-handed-over", BOB)
    [told] = banners.shown(session, bob)
    assert (told.kind, json.loads(told.body)["earlier"]) == ("keys-received", ALICE)
    assert json.loads(told.body)["names"] == ["ci"]


def test_many_keys_are_told_of_in_one_banner(session, alice, bob, issue, give):
    give([issue(alice, f"n{number}")[0] for number in range(7)])
    [told] = banners.shown(session, bob)
    body = json.loads(told.body)
    assert (body["count"], len(body["names"])) == (7, 5)


def test_who_takes_a_key_for_themselves_is_not_told(session, alice, bob, key, give):
    give([key], by=Actor(BOB, bob.id, None))
    assert banners.shown(session, bob) == []
    assert len(banners.shown(session, alice)) == 1


def test_a_paused_key_stays_paused(session, key, give):
    lifecycle.pause(session, SHELL, key)
    give([key])
    assert key.paused_at is not None


@pytest.mark.parametrize(
    ("email", "reason"), [(ALICE, "same-owner"), ("x@example.org", "person-unknown"), ("", "person-unknown")]
)
def test_a_key_goes_to_somebody_else_who_has_an_account(key, give, email, reason):
    assert give([key], email) == Refused(reason)
    assert key.owner.email == ALICE


def test_a_disabled_account_gets_no_key(session, key, bob, give):
    sign_outs.disable(session, SHELL, bob)
    assert give([key]) == Refused("person-disabled")


def no_secret(session, key):
    session.execute(update(Key).where(Key.id == key.id).values(secret_made_at=None))


def over(session, key):
    key.expires_at = clock.now() - timedelta(seconds=1)


def revoked(session, key):
    lifecycle.stop(session, SHELL, key)


@pytest.mark.parametrize(("spoil", "reason"), [(no_secret, "no-secret"), (over, "expired"), (revoked, "revoked")])
def test_a_key_that_is_of_no_use_stays(session, key, give, spoil, reason):
    spoil(session, key)
    session.commit()
    assert give([key]) == Refused(reason)


def test_a_management_key_stays_since_it_has_power_over_its_owners_keys(alice, bob, issue, give):
    assert give([issue(alice, "robot", kind="management")[0]]) == Refused("management-key")


def test_the_key_of_a_connected_app_stays(key, give):
    assert give([key], of_apps={key.id}) == Refused("app-key")


def test_a_session_key_stays(session, alice, bob, as_alice, peppers, give):
    opened = sessions.open_for(session, as_alice, alice, "Firefox")
    issued = session_keys.issue(session, as_alice, opened.sign_in, "s", prefix="ptl", peppers=peppers, site=SITE)
    assert give([issued.key]) == Refused("session-key")


def test_of_several_keys_those_go_that_can_and_the_others_are_named(alice, bob, issue, key, give):
    robot, _ = issue(alice, "robot", kind="management")
    answer = give([robot, key])
    assert (answer.to, answer.keys) == (bob, [key])
    assert [(one.key, one.reason) for one in answer.left] == [(robot, "management-key")]
    assert robot.owner_id == alice.id


def test_where_nothing_can_go_nobody_is_told(session, alice, bob, issue, give):
    give([issue(alice, "robot", kind="management")[0]])
    assert banners.shown(session, alice) == banners.shown(session, bob) == []


def test_of_two_who_hand_a_key_over_at_once_the_second_hands_over_what_the_first_left(
    engine, session, key, alice, bob, charlie
):
    key_id, ready, owners = key.id, threading.Barrier(2), []
    session.commit()

    def do(email):
        ready.wait()
        with Session(engine.execution_options(**{WRITES: True})) as mine, mine.begin():
            owners.append(type(hand_over(mine, SHELL, [mine.get_one(Key, key_id)], email, of_apps=(), site=SITE)))

    threads = [threading.Thread(target=do, args=(person.email,)) for person in (bob, charlie)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert owners == [HandedOver, HandedOver]
    session.expire_all()
    entries = session.scalars(select(Audit).where(Audit.event == Event.KEY_HANDED_OVER).order_by(Audit.seq)).all()
    befores = [json.loads(entry.body)["before"]["owner"] for entry in entries]
    afters = [json.loads(entry.body)["after"]["owner"] for entry in entries]
    assert befores == [ALICE, afters[0]]
    assert session.get_one(Person, session.get_one(Key, key_id).owner_id).email == afters[1]
