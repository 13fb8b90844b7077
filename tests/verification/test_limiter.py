"""The limiter asks the rates first, then the quotas; a refusal spends nothing of what comes after it."""

import pytest

from portal.policy.limits import LimitState, Quota, Rate
from portal.policy.reasons import Reason
from portal.verification.limiter import Limiter, Spent, tightest_rates
from portal.verification.rates_memory import RatesInMemory
from portal.verification.rules import rules_of

NOW = 1_795_000_000_123
KEY = 7


class QuotasInAList:
    """A counter that remembers what it was asked, and refuses when told to."""

    def __init__(self) -> None:
        self.asked: list[list[Quota]] = []
        self.answer = Spent(None, (LimitState("quota", 9, 86_400, 8, 100),))

    def spend(self, key_id, quotas, now_ms):
        self.asked.append(list(quotas))
        return self.answer


@pytest.fixture
def quotas():
    return QuotasInAList()


@pytest.fixture
def limiter(quotas):
    return Limiter(RatesInMemory(), quotas)


def test_a_key_without_limits_costs_nothing(limiter, quotas):
    assert limiter.spend(KEY, (), (), NOW) is limiter.spend(KEY, (), (), NOW)
    assert limiter.spend(KEY, (), (), NOW) == (None, ())
    assert quotas.asked == []


def test_a_request_that_passes_is_told_of_all_its_limits_the_rate_first(limiter):
    spent = limiter.spend(KEY, (Rate(5, "minute"),), (Quota(9, "day"),), NOW)

    assert (spent.reason, [state.name for state in spent.states]) == (None, ["rate", "quota"])


def test_a_request_that_is_too_fast_spends_no_quota(limiter, quotas):
    for _ in range(3):
        last = limiter.spend(KEY, (Rate(1, "minute"),), (Quota(9, "day"),), NOW)

    assert (last.reason, [state.name for state in last.states]) == (Reason.RATE_LIMITED, ["rate"])
    assert len(quotas.asked) == 1


def test_a_quota_that_is_used_up_refuses(limiter, quotas):
    quotas.answer = Spent(Reason.QUOTA_EXCEEDED, (LimitState("quota", 9, 86_400, 0, 100),))

    assert limiter.spend(KEY, (Rate(5, "minute"),), (Quota(9, "day"),), NOW) == quotas.answer


def test_a_key_and_its_site_that_limit_the_same_period_are_counted_once_by_the_tighter(limiter, quotas):
    own_and_site = (Rate(5, "minute"), Rate(2, "minute"))
    limiter.spend(KEY, own_and_site, (Quota(5, "day"), Quota(8, "day"), Quota(6, "month")), NOW)

    assert limiter.spend(KEY, own_and_site, (), NOW).states == (LimitState("rate", 2, 60, 0, 60),)
    assert limiter.spend(KEY, own_and_site, (), NOW).reason is Reason.RATE_LIMITED
    assert sorted(map(Quota.plain, quotas.asked[0])) == ["5/day", "6/month"]


def test_rates_of_several_periods_are_told_apart_by_name(limiter):
    spent = limiter.spend(KEY, (Rate(5, "minute"), Rate(9, "hour")), (), NOW)

    assert sorted(state.name for state in spent.states) == ["rate-hour", "rate-minute"]


def test_a_sites_ceiling_is_counted_also_where_the_keys_own_limit_is_lower():
    site = '{"quota_ceiling": "10/day", "rate_ceiling": "10/second"}'
    _, _, rates, quotas = rules_of('{"quota":"10/month","rate":"5/second"}', site)
    assert set(quotas) == {Quota(10, "month"), Quota(10, "day")}
    assert list(tightest_rates(rates)) == [Rate(5, "second")]
