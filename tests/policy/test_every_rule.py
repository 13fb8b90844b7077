"""What holds for every rule of a key, whichever it is."""

import json
from dataclasses import FrozenInstanceError, fields

import pytest
from hypothesis import given

from portal.policy.invalid import InvalidRule
from portal.policy.policy import Policy
from portal.site.settings import SiteSettings
from tests.policy import strategies

RULES = {
    "resources": strategies.resources, "origin": strategies.origins, "networks": strategies.networks,
    "data": strategies.data,
}  # fmt: skip


@given(strategies.policies)
def test_a_policy_survives_being_kept_as_text(policy):
    assert Policy.from_text(policy.to_text()) == policy


@given(strategies.policies)
def test_a_policy_survives_being_told_in_full(policy):
    assert Policy.read(json.loads(json.dumps(policy.plain()))) == policy


@given(strategies.policies, strategies.policies)
def test_the_same_rules_have_the_same_text(one, other):
    assert (one == other) == (one.to_text() == other.to_text())


@given(strategies.policies, strategies.policies, strategies.facts)
def test_a_policy_that_covers_another_admits_all_that_the_other_admits(wide, narrow, facts):
    if wide.covers(narrow) and narrow.judge(facts) is None:
        assert wide.judge(facts) is None


@given(strategies.policies)
def test_a_policy_covers_itself(policy):
    assert policy.covers(policy)


@given(strategies.policies, strategies.policies, strategies.policies)
def test_what_covers_a_cover_covers(a, b, c):
    if a.covers(b) and b.covers(c):
        assert a.covers(c)


@given(strategies.facts)
def test_a_policy_with_no_rules_named_opens_nothing_that_is_named(facts):
    if Policy.read({}).judge(facts) is None:
        assert facts.resource is None
        assert facts.access is None
        assert facts.any_key


@pytest.mark.parametrize("name", RULES)
def test_a_rule_cannot_be_changed(name):
    rule = getattr(Policy(), name)
    with pytest.raises(FrozenInstanceError):
        setattr(rule, fields(rule)[0].name, None)


@pytest.mark.parametrize("name", [*RULES, "rate", "quota"])
@pytest.mark.parametrize("plain", [0, 1.5, True, "", "nonsense", {"a": 1}, [None], [1], [[]], {"native": "yes"}])
def test_what_no_rule_can_mean_is_refused_and_raises_nothing_else(name, plain):
    with pytest.raises(InvalidRule):
        Policy.read({name: plain})


@pytest.mark.parametrize("plain", [None, [], "x", 1, {"resource": ["algo://*"]}, {"rules": {}}])
def test_what_is_no_policy_is_refused(plain):
    with pytest.raises(InvalidRule, match="policy"):
        Policy.read(plain)


def test_the_text_of_a_new_key_is_short_and_says_what_it_opens():
    assert SiteSettings().new_policy().to_text() == (
        '{"resources":["algo://*","collection://*","query://*","environment://*"]}'
    )


def test_the_same_text_is_compiled_once():
    text = SiteSettings().new_policy().to_text()
    assert Policy.from_text(text) is Policy.from_text(text)
