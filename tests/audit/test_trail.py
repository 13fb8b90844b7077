"""The audit trail."""

import pytest
from sqlalchemy import select, text

from portal.audit import trail
from portal.audit.events import SHELL, Event
from portal.audit.models import Audit, AuditHead
from portal.keys import lifecycle
from portal.keys.models import Key
from portal.site.settings import SiteSettings


@pytest.fixture
def three(session):
    for number in range(3):
        trail.record(session, Event.PERSON_CREATED, SHELL, f"person {number}", number=number, word="é")
    session.commit()


def test_an_untouched_chain_holds(session, three):
    assert trail.find_break(session) is None


def test_an_empty_chain_holds_once_something_was_recorded(session, alice):
    assert trail.find_break(session) is None


@pytest.mark.parametrize("column", ["at", "event", "actor", "actor_id", "address", "subject", "body"])
def test_a_changed_column_is_found(session, three, column):
    session.execute(text(f"UPDATE audit SET {column} = '99' WHERE seq = 2"))
    session.commit()
    session.expire_all()
    assert trail.find_break(session).seq == 2


@pytest.mark.parametrize("seq", [1, 2, 3])
def test_a_removed_entry_is_found(session, three, seq):
    session.execute(text(f"DELETE FROM audit WHERE seq = {seq}"))
    session.commit()
    session.expire_all()
    assert trail.find_break(session).seq == seq


def test_two_entries_that_changed_places_are_found(session, three):
    for statement in ("SET seq = 9 WHERE seq = 1", "SET seq = 1 WHERE seq = 2", "SET seq = 2 WHERE seq = 9"):
        session.execute(text(f"UPDATE audit {statement}"))
    session.commit()
    session.expire_all()
    assert trail.find_break(session).seq == 1


def test_an_act_and_its_entry_fall_together(session, issue, alice, as_alice):
    key, _ = issue(alice)
    entries = len(session.scalars(select(Audit)).all())
    lifecycle.revoke(session, as_alice, key)
    session.rollback()
    session.expire_all()
    session.commit()
    assert session.get(Key, key.id).revoked_at is None
    assert len(session.scalars(select(Audit)).all()) == entries


def test_the_head_is_the_last_entry(session, three):
    assert session.get(AuditHead, 1).hash == session.get(Audit, session.get(AuditHead, 1).seq).hash


def test_issue_rename_and_revoke_leave_one_entry_each(session, issue, alice, as_alice):
    key, token = issue(alice, "ci")
    lifecycle.rename(session, as_alice, key, "nightly", site=SiteSettings())
    lifecycle.revoke(session, as_alice, key)
    session.commit()
    entries = session.scalars(select(Audit).where(Audit.subject == key.public_id).order_by(Audit.seq)).all()
    assert [entry.event for entry in entries] == [Event.KEY_ISSUED, Event.KEY_RENAMED, Event.KEY_REVOKED]
    assert all(token.rpartition("_")[2] not in entry.body for entry in entries)
