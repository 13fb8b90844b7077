from collections import Counter
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from portal import clock
from portal.accounts.models import Person
from portal.audit import trail
from portal.audit.events import SHELL, Event
from portal.audit.models import Audit
from portal.devdata import filling
from portal.devdata.people import email_of
from portal.errors import Refused
from portal.keys import journal
from portal.keys.models import Key, KeyLastUsed, KeyRule, KeySecret
from portal.keys.names import clean_name, fold_name
from portal.keys.rules import indexed
from portal.keys.status import Status, status_of
from portal.policy.facts import Facts
from portal.policy.policy import Policy
from portal.site.settings import SiteSettings
from portal.usage.models import Access, Refusal, UsageDay, UsageHour
from portal.usage.tally import SITE
from portal.verification.judge import judge
from portal.verification.verdict import Allowed


def test_there_are_as_many_keys_and_people_as_were_asked_for(fill, session):
    fill()

    assert session.scalar(select(func.count()).select_from(Key)) == 600
    assert session.scalar(select(func.count()).select_from(Person)) == 60


def test_the_audit_trail_holds_and_tells_what_became_of_the_keys(fill, session):
    fill()

    acts = Counter(session.scalars(select(Audit.event)))
    assert trail.find_break(session) is None
    assert acts[Event.KEY_ISSUED] + acts[Event.KEY_RESERVED] == 600
    assert acts[Event.KEY_REVOKED] == session.scalar(select(func.count()).where(Key.revoked_at.is_not(None)))
    assert acts[Event.PERSON_CREATED] == 60


def test_entries_come_in_the_order_of_their_moments(fill, session):
    fill()

    invented = select(Audit.at).where(Audit.subject != "devdata").order_by(Audit.seq)
    moments = session.scalars(invented).all()
    assert moments == sorted(moments)


def test_keys_are_in_every_state(fill, session):
    fill()

    now, site = clock.now(), SiteSettings()
    states = Counter(status_of(key, now, site) for key in session.scalars(select(Key)))
    assert set(states) == set(Status)
    assert states[Status.ACTIVE] > 400


def test_names_are_names_and_no_owner_has_one_twice(fill, session):
    fill()

    keys = session.scalars(select(Key)).all()
    assert all(clean_name(key.name) == key.name and fold_name(key.name) == key.name_folded for key in keys)
    assert len({(key.owner_id, key.name_folded) for key in keys}) == 600


def test_every_rule_can_be_filtered_by(fill, session):
    fill()

    rows = {}
    for rule in session.scalars(select(KeyRule)):
        rows.setdefault(rule.key_id, set()).add((rule.kind, rule.value))
    for key in session.scalars(select(Key)):
        assert rows[key.id] == set(indexed(Policy.from_text(key.policy)))


def test_each_key_with_a_secret_has_one_that_is_open(fill, session):
    fill()

    with_secret = set(session.scalars(select(Key.id).where(Key.secret_made_at.is_not(None))))
    assert set(session.scalars(select(KeySecret.key_id).where(KeySecret.ends_at.is_(None)))) == with_secret


def test_tokens_that_are_handed_out_open_their_keys(fill, store, peppers):
    tokens = fill().tokens

    rows = [store.look_up(peppers.digests(token)[0][1]) for token in tokens]
    now = clock.to_milliseconds(clock.now())
    assert len(rows) == 3
    assert all(isinstance(judge(row, Facts(address="10.0.0.7"), now), Allowed) for row in rows)


def test_some_keys_were_used_from_old_and_new_addresses_and_some_never(fill, session):
    fill()

    rows = session.scalars(select(KeyLastUsed)).all()
    addresses = [row.address for row in rows if row.used]
    assert len(rows) == 600
    assert any(":" in address for address in addresses)
    assert any("." in address for address in addresses)
    assert 150 < len(addresses) < 500


def test_what_keys_were_used_for_adds_up(fill, session):
    fill()

    let_in = session.scalar(select(func.sum(Access.calls)).where(Access.reason.is_(None)))
    of_site, of_keys = (
        sum(session.scalar(select(func.sum(rows.calls)).where(which(rows))) or 0 for rows in (UsageHour, UsageDay))
        for which in (lambda rows: rows.key_id == SITE, lambda rows: rows.key_id != SITE)
    )
    assert let_in == of_site == of_keys
    assert session.scalar(select(func.count()).select_from(Refusal))


def test_every_revoked_key_is_in_the_journal(fill, session, folder):
    fill()

    revoked = session.scalars(select(Key.public_id).where(Key.revoked_at.is_not(None)))
    assert set(journal.read(folder.journal)) == set(revoked)


def test_a_database_with_people_is_left_alone(alice, session, wish):
    assert filling.begin(session, SHELL, wish) == Refused("devdata-people", {"people": 1})


def test_the_first_admin_is_not_in_the_way(ada, fill, session):
    fill()

    assert session.scalar(select(func.count()).select_from(Person)) == 61


def test_a_fill_that_was_stopped_is_told_of_the_next_time(fill, session, wish):
    fill(slices=2)

    assert filling.begin(session, SHELL, wish) == Refused("devdata-unfinished", {"people": 6})


def test_a_fill_that_was_stopped_leaves_a_trail_that_holds(fill, session):
    fill(slices=2)

    assert trail.find_break(session) is None


def test_a_filled_database_can_be_added_to(fill, session):
    fill()
    fill(add=True)

    assert session.scalar(select(func.count()).select_from(Key)) == 1200
    assert trail.find_break(session) is None


def test_an_e_mail_that_somebody_has_is_given_to_nobody_else(fill, session, make_person):
    for number in range(1, 60):
        make_person(email_of(number + 59))

    fill(add=True)

    assert session.scalar(select(func.count()).select_from(Person)) == 119


@pytest.mark.parametrize("sizes", [{"keys": 0, "people": 1}, {"keys": 3, "people": 50}, {"keys": 50, "people": 1}])
def test_few_will_do(session, wish, sizes):
    begun = filling.begin(session, SHELL, replace(wish, **sizes))
    made = sum(begun.write_next(session) for _ in range(begun.slices))
    session.commit()

    assert made == sum(sizes.values())
