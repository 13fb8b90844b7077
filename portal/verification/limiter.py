"""Counts what a key is used, and refuses what would be too much: the rates first, then the quotas.

How the counters count is their own affair; what each promises is in docs/limits.md.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from portal.policy.limits import LimitState, Quota, Rate
from portal.policy.reasons import Reason


class Spent(NamedTuple):
    """What became of a request: let in with what is left of each limit, or refused by the limits of `states`."""

    reason: Reason | None = None
    states: tuple[LimitState, ...] = ()


class RateCounter(Protocol):
    """Counts how fast keys are used."""

    def spend(self, key_id: int, rates: Sequence[Rate], now_ms: int) -> Spent:
        """Count one request on every rate, each of another period, or on none; never fail."""


class QuotaCounter(Protocol):
    """Counts how often keys are used, and forgets nothing."""

    def spend(self, key_id: int, quotas: Sequence[Quota], now_ms: int) -> Spent:
        """Count one request on every quota, each of another window, or on none; raise Unavailable when it cannot."""


class Limiter:
    """Holds keys to their rates and quotas."""

    def __init__(self, rates: RateCounter, quotas: QuotaCounter) -> None:
        self._rates = rates
        self._quotas = quotas

    def spend(self, key_id: int, rates: Sequence[Rate], quotas: Sequence[Quota], now_ms: int) -> Spent:
        """Count one request of `now_ms`, milliseconds since 1970, that every other rule has let pass.

        A refusal by a rate spends no rate and no quota, one by a quota no quota.

        Raises:
            Unavailable: a quota could not be counted; the request must not pass.

        """
        if not rates and not quotas:
            return _NOTHING
        by_rate = self._rates.spend(key_id, tightest_rates(rates), now_ms) if rates else _NOTHING
        if by_rate.reason is not None or not quotas:
            return by_rate
        by_quota = self._quotas.spend(key_id, tightest_quotas(quotas), now_ms)
        return by_quota if by_quota.reason is not None else Spent(None, by_rate.states + by_quota.states)


def tightest_rates(rates: Sequence[Rate]) -> Sequence[Rate]:
    """Return one rate for each period: what a key and its site both limit is counted once."""
    if len(rates) == 1:
        return rates
    return list({rate.period: rate for rate in sorted(rates, key=lambda rate: -rate.count)}.values())


def tightest_quotas(quotas: Sequence[Quota]) -> Sequence[Quota]:
    """Return one quota for each window."""
    if len(quotas) == 1:
        return quotas
    return list({quota.window: quota for quota in sorted(quotas, key=lambda quota: -quota.count)}.values())


def limit_name(kind: str, unit: str, number: int) -> str:
    """Return what a limit is called among `number` of its kind: `rate`, or `rate-minute` where there are several."""
    return kind if number == 1 else f"{kind}-{unit}"


_NOTHING = Spent()
