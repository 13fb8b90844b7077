"""When the requests of a key passed, for as long as a rate has to know it; see `rates_memory`."""

SLOTS = 60
SET_BACK_MS = 60_000  # no request is as old as this when it is counted


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


class LogsOfPeriod:
    """The logs of all keys for rates of one period, in milliseconds.

    They are held in two parts: what was used in the present span, and what was used last in the one before. A span is
    as long as a request counts. So keys that were not used for a whole one are let go of, all of them at once.
    """

    __slots__ = ("_before", "_ends", "_now", "_period_ms", "_span_ms")

    def __init__(self, period_ms: int) -> None:
        self._period_ms = period_ms
        self._span_ms = period_ms + period_ms // SLOTS + 1
        self._ends = 0
        self._now: dict[int, Log] = {}
        self._before: dict[int, Log] = {}

    def __len__(self) -> int:
        return len(self._now) + len(self._before)

    def log(self, key_id: int, now_ms: int) -> Log:
        """Return the log of a key, without what is over."""
        if not self._ends - self._span_ms - SET_BACK_MS <= now_ms < self._ends:
            self._begin_span(now_ms)
        log = self._now.get(key_id)
        if log is None:
            before = self._before.pop(key_id, None)
            log = self._now[key_id] = Log(self._period_ms) if before is None else before
        log.forget(now_ms)
        return log

    def _begin_span(self, now_ms: int) -> None:
        self._before = self._now if now_ms < self._ends + self._span_ms else {}
        self._now = {}
        self._ends = now_ms + self._span_ms
