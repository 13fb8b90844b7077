"""Pausing a key, and letting it work again."""

import pytest
from sqlalchemy import func, select

from portal.audit.events import Event
from portal.audit.models import Audit
from portal.keys import lifecycle
from portal.keys.status import Status, status_of
from portal.site.settings import SiteSettings


def entries(session, event):
    session.commit()
    return session.scalar(select(func.count()).where(Audit.event == event))


def test_a_paused_key_is_paused_until_it_is_resumed(issue, alice, session, as_alice):
    key, _ = issue(alice)
    assert lifecycle.pause(session, as_alice, key) is None
    assert status_of(key, key.created_at, SiteSettings()) == Status.PAUSED
    assert lifecycle.resume(session, as_alice, key) is None
    assert status_of(key, key.created_at, SiteSettings()) == Status.ACTIVE


@pytest.mark.parametrize(("job", "event"), [("pause", Event.KEY_PAUSED), ("resume", Event.KEY_RESUMED)])
def test_doing_it_twice_leaves_one_entry(issue, alice, session, as_alice, job, event):
    key, _ = issue(alice)
    if job == "resume":
        lifecycle.pause(session, as_alice, key)
    for _ in range(2):
        getattr(lifecycle, job)(session, as_alice, key)
    assert entries(session, event) == 1


@pytest.mark.parametrize("job", ["pause", "resume"])
def test_a_revoked_key_stays_as_it_is(issue, alice, session, as_alice, job):
    key, _ = issue(alice)
    lifecycle.revoke(session, as_alice, key)
    assert getattr(lifecycle, job)(session, as_alice, key).reason == "revoked"
    assert key.paused_at is None
