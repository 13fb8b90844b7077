"""One-time codes: who gets one, what it opens, and how often."""

import threading
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy.orm import Session

from portal import clock
from portal.audit.events import Event
from portal.audit.models import Audit
from portal.extensions import WRITES
from portal.handover import codes
from portal.handover.forget import forget_codes
from portal.handover.models import AppCode, ConnectedApp
from portal.keys import finder, lifecycle, sign_outs
from portal.keys.issuing import Issued
from portal.policy.limits import Rate
from portal.policy.policy import Policy
from portal.site.settings import DAY, SiteSettings
from tests.handover.conftest import LAUNCH, RULES, SITE


@pytest.fixture(autouse=True)
def own(issue, alice):
    """Alice's own key."""
    return issue(alice, "own")[0]


def test_a_code_is_exchanged_for_a_short_lived_key_with_the_rules_of_the_app(begin, exchange, alice, session):
    issued = exchange(begin())
    key = issued.key
    assert (key.owner_id, key.name, key.kind, key.policy) == (alice.id, "Galaxy", "standard", RULES.to_text())
    assert timedelta(minutes=59) < key.expires_at - clock.now() <= timedelta(hours=1)
    assert finder.owned(session, alice.id, key.public_id) is not None


def test_a_code_works_once_and_a_second_time_takes_the_key_back(begin, exchange, session):
    code = begin()
    issued = exchange(code)
    assert exchange(code).reason == "code-invalid"
    session.refresh(issued.key)
    assert issued.key.revoked_reason == codes.REPLAYED
    assert session.query(Audit).filter_by(event=Event.APP_REFUSED).count() == 1


def test_of_many_exchanges_at_once_one_gets_a_key_and_loses_it(begin, galaxy, engine, peppers, session):
    code, answers, start = begin(), [], threading.Barrier(4)

    def run():
        start.wait()
        with Session(engine.execution_options(**{WRITES: True}), expire_on_commit=False) as mine, mine.begin():
            app = mine.get(ConnectedApp, galaxy.app.id)
            wish = {"address": None, "prefix": "ptl", "peppers": peppers, "site": SITE}
            answers.append(codes.exchange(mine, app, code, LAUNCH, **wish))

    threads = [threading.Thread(target=run) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    (issued,) = [answer for answer in answers if isinstance(answer, Issued)]
    session.rollback()
    assert finder.by_public_id(session, issued.key.public_id).revoked_at is not None


def test_a_code_is_over_after_sixty_seconds(begin, exchange):
    code = begin()
    with time_machine.travel(clock.now() + timedelta(seconds=61)):
        assert exchange(code).reason == "code-invalid"


def test_a_code_works_for_its_app_and_its_address_only(begin, exchange, add, session):
    code, other = begin(), add("Another").app
    assert exchange(code, other).reason == "code-invalid"
    assert exchange(code, launch=f"{LAUNCH}&x").reason == "code-invalid"
    assert isinstance(exchange(code), Issued)


@pytest.mark.parametrize("code", ["", "x", "\ud800", "é" * 5000])
def test_what_is_no_code_opens_nothing(exchange, code):
    assert exchange(code).reason == "code-invalid"


def test_a_code_of_somebody_who_was_disabled_meanwhile_opens_nothing(begin, exchange, session, as_alice, alice, ada):
    code = begin()
    sign_outs.disable(session, as_alice, alice)
    session.commit()
    assert exchange(code).reason == "code-invalid"


@pytest.mark.parametrize("state", ["none", "revoked", "expired", "session", "handed over"])
def test_a_person_without_a_living_key_of_their_own_gets_no_code(
    begin, exchange, own, session, as_alice, issue, alice, state
):
    if state == "handed over":
        exchange(begin())
    lifecycle.revoke(session, as_alice, own)
    if state == "expired":
        issue(alice, "old", expires_at=clock.now() - DAY)
    if state == "session":
        issue(alice, "here", kind="session")
    session.commit()
    assert begin().reason == "no-living-key"


def test_rotating_or_deleting_other_keys_leaves_the_hand_over_working(
    begin, exchange, own, session, as_alice, issue, alice
):
    first = exchange(begin()).key
    issue(alice, "another")
    lifecycle.delete(session, as_alice, own)
    session.commit()
    second = exchange(begin()).key
    assert (first.name, second.name) == ("Galaxy", "Galaxy (2)")


def test_what_the_app_had_before_leaves_the_list_when_it_is_over(begin, exchange, session, alice):
    first = exchange(begin()).key
    with time_machine.travel(clock.now() + timedelta(hours=2)):
        second = exchange(begin()).key
        assert second.name == "Galaxy"
        session.refresh(first)
        assert finder.owned(session, alice.id, first.public_id) is None
        assert finder.owned(session, alice.id, second.public_id) is not None


def test_a_ceiling_that_came_later_holds_for_the_apps_keys(add, begin, exchange):
    app = add("Fast", policy=Policy.read({"resources": ["algo://*"], "rate": "100/minute"}), lifetime=7 * DAY).app
    site = SiteSettings(rate_ceiling=Rate(10, "minute"), longest_days=1, default_days=1)
    key = exchange(begin(app=app), app, site=site).key
    assert Policy.from_text(key.policy).rate == Rate(10, "minute")
    assert key.expires_at == site.longest(clock.now())


def test_the_audit_tells_of_the_opening_and_of_the_key_and_of_no_code(begin, exchange, session):
    code = begin()
    exchange(code)
    entries = session.query(Audit).order_by(Audit.seq.desc()).limit(2).all()
    assert [entry.event for entry in entries] == [Event.KEY_ISSUED, Event.APP_OPENED]
    assert not any(code in entry.body for entry in entries)


def test_codes_that_are_long_over_are_forgotten(begin, session):
    begin()
    assert forget_codes(session, clock.now(), 10) == 0
    assert forget_codes(session, clock.now() + timedelta(minutes=2), 10) == 1
    assert session.query(AppCode).count() == 0
