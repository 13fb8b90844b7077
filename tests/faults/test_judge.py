"""What judges after a fault finds what a fault could have done."""

import pytest
from sqlalchemy import delete, update

from portal import clock
from portal.audit.events import SHELL, Event
from portal.audit.models import Audit
from portal.keys import lifecycle
from portal.keys.models import Key
from portal.site.settings import SiteSettings
from script.benches.faults_judge import judge
from script.benches.faults_writers import Known


@pytest.fixture
def known(session, alice, issue):
    """A key that was made, renamed and revoked, as its client knows it."""
    key, token = issue(alice, "one")
    assert lifecycle.rename(session, SHELL, key, "one again", site=SiteSettings()) is None
    lifecycle.revoke(session, SHELL, key)
    session.commit()
    return Known(key.public_id, str(token), "one again", "one again", is_revoked=True, asked_to_revoke=True)


def counts(session, known):
    return tuple(len(wrong) for wrong in judge(session, [known], None))


def test_all_is_well(session, known):
    assert counts(session, known) == (0, 0, 0)


def test_a_lost_revoke_is_found_and_so_is_its_entry_without_a_state(session, known):
    session.execute(update(Key).values(revoked_at=None))

    assert counts(session, known) == (1, 1, 0)


def test_a_lost_rename_is_found(session, known):
    session.execute(update(Key).values(name="one"))

    assert counts(session, known) == (1, 1, 0)


def test_a_rename_that_may_have_been_done_is_none(session, known):
    known.asked_name = "one again again"

    assert counts(session, known) == (0, 0, 0)


def test_a_lost_key_is_found(session, known):
    known.public_id = "ptl_another"

    assert counts(session, known) == (1, 0, 0)


def test_a_key_that_nobody_asked_to_revoke_is_found(session, known):
    known.is_revoked = known.asked_to_revoke = False

    assert counts(session, known) == (1, 0, 0)


@pytest.mark.parametrize("event", [Event.KEY_ISSUED, Event.KEY_RENAMED, Event.KEY_REVOKED])
def test_a_state_without_its_entry_is_found_and_the_gap_in_the_trail(session, known, event):
    session.execute(delete(Audit).where(Audit.event == event))

    assert counts(session, known) == (0, 1, 1)


def test_a_revoke_without_an_entry_is_found(session, alice, issue):
    key, token = issue(alice, "one")
    key.revoked_at = clock.now()
    session.flush()

    assert counts(session, Known(key.public_id, str(token), "one", "one", asked_to_revoke=True)) == (0, 1, 0)
