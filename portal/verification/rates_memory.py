"""Counts rates in the memory of this process: never more than the rate says in any span of its period.

A log for each key and period holds how many requests passed when. Up to 60 of them are each remembered to the
millisecond. Of a greater rate those of a sixtieth of the period are remembered together, and counted until the last of
them is a period old: so a log stays small, nothing passes too early, and room comes back a sixtieth late at most.
"""

import threading
from collections.abc import Sequence

from portal.policy.limits import LimitState, Rate
from portal.policy.reasons import Reason
from portal.quick_tuple import quickly
from portal.verification.limiter import Spent, limit_name

SLOTS = 60
_state, _spent = quickly(LimitState), quickly(Spent)
SWEEP_EVERY = 4096  # new logs
SET_BACK_MS = 60_000  # no request is as old as this when it is counted


def slot_ms(rate: Rate) -> int:
    """Return what span of requests is remembered together."""
    return 1 if rate.count <= SLOTS else rate.seconds * 1000 // SLOTS


class Log:
    """The requests of one key within the last period: for each slot where it ends and how many passed in it."""

    __slots__ = ("_counts", "_ends", "period_ms", "total")

    def __init__(self, period_ms: int) -> None:
        self.period_ms = period_ms
        self.total = 0
        self._ends: list[int] = []
        self._counts: list[int] = []

    def forget(self, now_ms: int) -> None:
        """Forget what is older than the period, and everything when the clock was set back by much."""
        horizon = now_ms - self.period_ms
        ends = self._ends
        gone = 0
        while gone < len(ends) and ends[gone] <= horizon + 1:  # the last moment of a slot is 1 ms before its end
            self.total -= self._counts[gone]
            gone += 1
        if gone:
            del ends[:gone], self._counts[:gone]
        if ends and ends[-1] > now_ms + self.period_ms + SET_BACK_MS:
            self.total = 0
            ends.clear()
            self._counts.clear()

    def add(self, now_ms: int, slot: int) -> None:
        """Remember one request."""
        self.total += 1
        if self._ends and now_ms < self._ends[-1]:
            self._counts[-1] += 1
        else:
            self._ends.append(now_ms - now_ms % slot + slot)
            self._counts.append(1)

    def wait_ms(self, count: int, now_ms: int) -> int:
        """Return in how many milliseconds a rate of `count` has more room, counted from `now_ms`."""
        left = self.total
        for number, passed in enumerate(self._counts):
            left -= passed
            if left < count:
                return self._ends[number] - 1 + self.period_ms - now_ms
        return self.period_ms


class RatesInMemory:
    """Counts the rates of keys within this process. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._logs: dict[tuple[int, str], Log] = {}
        self._sweep_at = SWEEP_EVERY

    def spend(self, key_id: int, rates: Sequence[Rate], now_ms: int) -> Spent:
        """Count one request on every rate, each of another period, or on none of them."""
        with self._lock:
            self._sweep(now_ms)
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
            self._sweep(now_ms)
            for rate in rates:
                self._log(key_id, rate, now_ms).add(now_ms, slot_ms(rate))

    def _log(self, key_id: int, rate: Rate, now_ms: int) -> Log:
        log = self._logs.get((key_id, rate.period))
        if log is None:
            log = self._logs[key_id, rate.period] = Log(rate.seconds * 1000)
        else:
            log.forget(now_ms)
        return log

    def _sweep(self, now_ms: int) -> None:
        """Let go of keys that are no longer used, now and then: at most twice what is needed is kept."""
        if len(self._logs) < self._sweep_at:
            return
        for log in self._logs.values():
            log.forget(now_ms)
        self._logs = {name: log for name, log in self._logs.items() if log.total}
        self._sweep_at = 2 * len(self._logs) + SWEEP_EVERY


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
