"""Counts rates in the memory of this process: never more than the rate says in any span of its period.

A log for each key and period (`rate_log`) holds how many requests passed when. Up to 60 of them are each remembered to
the millisecond. Of a greater rate those of a sixtieth of the period are remembered together, and counted until the last
of them is a period old: so a log stays small, nothing passes too early, and room comes back a sixtieth late at most.
"""

import threading
from collections.abc import Sequence

from portal.policy.limits import PERIODS, LimitState, Rate
from portal.policy.reasons import Reason
from portal.quick_tuple import quickly
from portal.verification.limiter import Spent, limit_name
from portal.verification.rate_log import SLOTS, Log, LogsOfPeriod

_state, _spent = quickly(LimitState), quickly(Spent)


def slot_ms(rate: Rate) -> int:
    """Return what span of requests is remembered together."""
    return 1 if rate.count <= SLOTS else rate.seconds * 1000 // SLOTS


class RatesInMemory:
    """Counts the rates of keys within this process. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._logs = {period: LogsOfPeriod(1000 * seconds) for period, seconds in PERIODS.items()}

    def spend(self, key_id: int, rates: Sequence[Rate], now_ms: int) -> Spent:
        """Count one request on every rate, each of another period, or on none of them."""
        with self._lock:
            if len(rates) == 1:
                return self._spend_one(key_id, rates[0], now_ms)
            logs = [self._log(key_id, rate, now_ms) for rate in rates]
            for log, rate in zip(logs, rates, strict=True):
                if log.total >= rate.count:
                    return Spent(Reason.RATE_LIMITED, _states(logs, rates, now_ms, full=True))
            for log, rate in zip(logs, rates, strict=True):
                log.add(now_ms, slot_ms(rate))
            return Spent(None, _states(logs, rates, now_ms))

    def _spend_one(self, key_id: int, rate: Rate, now_ms: int) -> Spent:
        """Do what `spend` does, without lists: nearly every key that has a rate has one."""
        log = self._log(key_id, rate, now_ms)
        reason = Reason.RATE_LIMITED if log.total >= rate.count else None
        if reason is None:
            log.add(now_ms, slot_ms(rate))
        return _spent((reason, (rate_state(rate, 1, log.total, log.wait_ms(rate.count, now_ms)),)))

    def note(self, key_id: int, rates: Sequence[Rate], now_ms: int) -> None:
        """Count a request that somebody else let in."""
        with self._lock:
            for rate in rates:
                self._log(key_id, rate, now_ms).add(now_ms, slot_ms(rate))

    def _log(self, key_id: int, rate: Rate, now_ms: int) -> Log:
        return self._logs[rate.period].log(key_id, now_ms)


def _states(logs: Sequence[Log], rates: Sequence[Rate], now_ms: int, *, full: bool = False) -> tuple[LimitState, ...]:
    pairs = [pair for pair in zip(logs, rates, strict=True) if not full or pair[0].total >= pair[1].count]
    return tuple(rate_state(rate, len(rates), log.total, log.wait_ms(rate.count, now_ms)) for log, rate in pairs)


def rate_state(rate: Rate, number: int, used: int, wait_ms: int) -> LimitState:
    """Return the state of one of `number` rates after `used` requests, when there is more room in `wait_ms`.

    Where there is room left, no more than a period is said; a refusal says how long it really takes.
    """
    period, remaining = rate.seconds, rate.count - used
    seconds = -(-wait_ms // 1000) if wait_ms > 0 else 1
    if remaining <= 0:
        remaining = 0
    elif seconds > period:
        seconds = period
    return _state((limit_name("rate", rate.period, number), rate.count, period, remaining, seconds))
