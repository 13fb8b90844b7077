"""Why is a key refused? What each rule says, held against what the verifier answers."""

from dataclasses import replace
from datetime import timedelta

import pytest

from portal import clock
from portal.accounts import sessions
from portal.keys import default_key, lifecycle, session_keys
from portal.keys.models import Quota
from portal.policy.data_access import DataAccess, Level
from portal.policy.facts import Access, Facts
from portal.policy.limits import Quota as QuotaRule
from portal.policy.networks import Networks
from portal.policy.origin import CallerOrigin
from portal.policy.policy import Policy
from portal.policy.reasons import Reason
from portal.policy.resources import Resources
from portal.site import change
from portal.site.settings import DAY, SiteSettings
from portal.verification.explanation import explain
from portal.verification.verdict import Allowed

ANY = Facts(any_key=True)
NARROW = Policy(
    resources=Resources.read(["algo://demo/Hello"]), networks=Networks.read(["10.0.0.0/8"]),
    origin=CallerOrigin.read({"native": True, "hosts": ["app.example.org"]}), data=DataAccess(Level.READ),
)  # fmt: skip
GOOD = Facts(address="10.1.2.3", resource="algo://demo/Hello", access=Access.READ)


def refusing(explanation):
    return {step.rule: step.reason for step in explanation.steps if step.reason is not None}


def test_a_good_key_passes_every_rule(session, issue, alice):
    key, _ = issue(alice, policy=NARROW)
    answer = explain(session, key, GOOD)
    assert answer.reason is None
    assert refusing(answer) == {}
    assert [step.rule for step in answer.steps] == [
        "revoked", "paused", "owner", "not-before", "expires", "networks", "origin", "resources", "data",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "rule", "reason"),
    [
        ({"address": "192.0.2.9"}, "networks", Reason.ADDRESS_NOT_ALLOWED),
        ({"origin": "https://evil.example"}, "origin", Reason.ORIGIN_NOT_ALLOWED),
        ({"resource": "algo://demo/Other"}, "resources", Reason.RESOURCE_NOT_ALLOWED),
        ({"access": Access.WRITE}, "data", Reason.DATA_ACCESS_DENIED),
    ],
)
def test_the_one_rule_that_refuses_is_named(session, issue, alice, facts, rule, reason):
    key, _ = issue(alice, policy=NARROW)
    answer = explain(session, key, GOOD._replace(**facts))
    assert refusing(answer) == {rule: reason}
    assert answer.reason is reason


def test_every_rule_that_refuses_is_named_and_the_first_is_the_answer(session, issue, alice, as_alice):
    key, _ = issue(alice, policy=NARROW)
    lifecycle.pause(session, as_alice, key)
    answer = explain(session, key, Facts(address="192.0.2.9", resource="algo://demo/Other"))
    assert answer.reason is Reason.PAUSED
    assert set(refusing(answer)) == {"paused", "networks", "resources"}


def test_a_disabled_owner_and_dates_are_rules_too(session, issue, alice):
    key, _ = issue(alice, not_before=clock.now() + DAY)
    alice.disabled_at = clock.now()
    assert set(refusing(explain(session, key, ANY))) == {"owner", "not-before"}


def test_the_sites_ceiling_ends_a_key_here_too(session, issue, alice, as_alice):
    key, _ = issue(alice, expires_at=clock.now() + 300 * DAY)
    key.created_at = clock.now() - 100 * DAY
    change.change(session, as_alice, "default_days", "30")
    change.change(session, as_alice, "longest_days", "60")
    session.commit()
    assert refusing(explain(session, key, ANY)) == {"expires": Reason.EXPIRED}


def test_what_is_left_of_a_quota_is_told_and_nothing_is_spent(session, issue, alice):
    key, _ = issue(alice, policy=Policy(quota=QuotaRule(10, "day")))
    session.add(Quota(key_id=key.id, window=f"{clock.now():%Y-%m-%d}", used=6))
    session.commit()
    (step,) = [step for step in explain(session, key, ANY).steps if step.rule == "quota-day"]
    assert (step.reason, step.limit.remaining) == (None, 3)
    assert session.query(Quota).one().used == 6


def test_a_quota_that_is_used_up_refuses(session, issue, alice):
    key, _ = issue(alice, policy=Policy(quota=QuotaRule(10, "day")))
    session.add(Quota(key_id=key.id, window=f"{clock.now():%Y-%m-%d}", used=10))
    session.commit()
    assert explain(session, key, ANY).reason is Reason.QUOTA_EXCEEDED


def test_a_session_key_ends_with_its_sign_in(session, alice, as_alice, peppers):
    opened = sessions.open_for(session, as_alice, alice, "a browser")
    made = session_keys.issue(
        session, as_alice, opened.sign_in, "s", prefix="ptl", peppers=peppers, site=SiteSettings()
    )
    opened.sign_in.ends_at = clock.now() - timedelta(minutes=1)
    session.commit()
    assert refusing(explain(session, made.key, ANY)) == {"sign-in": Reason.REVOKED}


def test_a_key_without_a_secret_has_nothing_to_be_judged_by(session, alice, as_alice):
    key = default_key.reserve(session, as_alice, alice, prefix="ptl", site=SiteSettings())
    session.commit()
    assert explain(session, key, ANY) is None


@pytest.mark.parametrize("facts", [GOOD, ANY, Facts(), GOOD._replace(address="192.0.2.9", origin="null")])
@pytest.mark.parametrize("state", ["", "paused", "revoked", "not-yet"])
def test_the_answer_is_what_the_verifier_answers(session, issue, alice, as_alice, verifier, facts, state):
    dates = {"not_before": clock.now() + DAY} if state == "not-yet" else {}
    key, token = issue(alice, policy=replace(NARROW, networks=Networks()), **dates)
    if state == "paused":
        lifecycle.pause(session, as_alice, key)
    if state == "revoked":
        lifecycle.revoke(session, as_alice, key)
    session.commit()
    verdict = verifier.verify(token, facts)
    assert explain(session, key, facts).reason == (None if isinstance(verdict, Allowed) else verdict.reason)


@pytest.mark.parametrize("policy", ["garbage", "[1]", '{"resources":5}', "[" * 100_000])
def test_rules_that_cannot_be_read_let_nothing_in(session, issue, alice, policy):
    key, _ = issue(alice)
    key.policy = policy
    answer = explain(session, key, ANY)
    assert (answer.is_readable, answer.reason) == (False, None)
    assert [step.rule for step in answer.steps] == ["revoked", "paused", "owner", "not-before", "expires"]


def test_of_a_paused_key_with_such_rules_the_pause_is_told_first(session, issue, alice, as_alice):
    key, _ = issue(alice)
    lifecycle.pause(session, as_alice, key)
    key.policy = "garbage"
    assert explain(session, key, ANY).reason is Reason.PAUSED
