"""Session keys: they live as long as the sign-in in which they were made."""

import re
from datetime import timedelta

import pytest
import time_machine

from portal import clock
from portal.accounts import sessions
from portal.accounts.models import Banner
from portal.config import ROOT
from portal.keys import session_keys, sign_outs
from portal.keys.issuing import AlreadyIssued, Issued
from portal.policy.data_access import Level
from portal.policy.facts import Facts
from portal.policy.policy import Policy
from portal.site.settings import SiteSettings
from portal.verification.verdict import Allowed
from portal.verification.verifier import Verifier
from tests.support.limiter import make_limiter

SITE = SiteSettings()
SECOND = timedelta(seconds=1)


class Nothing:
    def record(self, now_ms, fold):
        pass


@pytest.fixture
def sign_in(session, as_alice, alice):
    return sessions.open_for(session, as_alice, alice, "Firefox").sign_in


@pytest.fixture
def make(session, as_alice, peppers, sign_in):
    def do(name="Session key", **wishes):
        answer = session_keys.issue(
            session, as_alice, sign_in, name, **{"prefix": "ptl", "peppers": peppers, "site": SITE, **wishes}
        )
        session.commit()
        return answer

    return do


@pytest.fixture
def ask(store, folder, peppers):
    verifier = Verifier(store, peppers, Nothing(), make_limiter(folder.database))

    def do(token):
        verdict = verifier.verify(str(token), Facts(address="10.0.0.7", any_key=True))
        return "allowed" if isinstance(verdict, Allowed) else str(verdict.reason)

    return do


def test_it_belongs_to_its_sign_in_and_says_so_in_its_prefix(make, sign_in):
    key = make().key
    assert (key.kind, key.sign_in_id, key.public_id[:5]) == ("session", sign_in.id, "ptls_")


def test_it_may_do_what_its_person_may(make):
    policy = Policy.from_text(make().key.policy)
    assert policy.data.level is Level.WRITE
    assert policy.resources == SITE.new_policy().resources


def test_it_ends_with_sign_out_and_the_list_says_so_at_once(make, ask, session, as_alice, sign_in):
    answer = make()
    assert ask(answer.token) == "allowed"
    sign_outs.end(session, as_alice, sign_in)
    session.commit()
    assert ask(answer.token) == "revoked"
    assert (answer.key.revoked_by, answer.key.revoked_reason) == (as_alice.label, session_keys.ENDED)
    assert session.query(Banner).count() == 0


def test_it_ends_with_signing_out_everywhere_but_here(make, session, as_alice, alice):
    key = make().key
    here = sessions.open_for(session, as_alice, alice, "Chrome").sign_in
    sign_outs.end_all(session, as_alice, alice, but=here)
    assert key.revoked_at is not None


@pytest.mark.parametrize("rest", [sessions.IDLE, sessions.LONGEST])
def test_it_ends_when_its_sign_in_is_idle_or_old(make, ask, session, rest):
    answer = make()
    with time_machine.travel(clock.now() + rest + SECOND):
        assert ask(answer.token) == "revoked"
        assert session_keys.end_overdue(session, clock.now(), limit=10) == 1
        session.commit()
        assert answer.key.revoked_at is not None
        assert session_keys.end_overdue(session, clock.now(), limit=10) == 0


def test_it_lives_on_while_its_browser_is_used(make, ask, session, sign_in):
    answer = make()
    with time_machine.travel(clock.now() + timedelta(hours=23)):
        sessions.touch(session, sign_in)
        session.commit()
    with time_machine.travel(clock.now() + timedelta(hours=46)):
        assert ask(answer.token) == "allowed"


def test_an_ended_sign_in_makes_none(make, session, as_alice, sign_in):
    sessions.end(session, as_alice, sign_in)
    assert make().reason == "sign-in-ended"


def test_a_taken_name_gets_a_number(make):
    assert [make().key.name for _ in range(3)] == ["Session key", "Session key (2)", "Session key (3)"]


def test_a_form_makes_one(make):
    assert isinstance(make(form_id="form-1"), Issued)
    assert isinstance(make(form_id="form-1"), AlreadyIssued)


def test_no_door_ends_a_sign_in_without_its_session_keys():
    doors = [path for path in (ROOT / "portal").rglob("*.py") if path.parent.name not in {"accounts", "keys"}]
    assert [path for path in doors if re.search(r"\b(sessions|job)\.end\(", path.read_text())] == []
