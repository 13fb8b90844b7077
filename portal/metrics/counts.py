"""Counting in plain memory: what a request pays for being counted. `book` tells others of it, once a second.

Each counts for its process alone, and all of a process's numbers stand in `SOURCES`.
"""

import threading
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from time import perf_counter
from typing import Any

from portal.metrics.catalogue import DATABASE_UNAVAILABLE, PAGE_SECONDS, PAGES, SIGN_INS, Metric

Labels = tuple[str, ...]
Times = tuple[list[int], float]
"""Of a histogram: how many fell into each bucket, one more than there are bounds; the sum of all, in seconds."""

SECONDS = (0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.0)
PAGE_BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0)

ALLOWED = "allowed"
UNAVAILABLE = "unavailable"
FAULT = "fault"


class Counter:
    """Counts by labels. Safe to use from any thread."""

    def __init__(self, metric: Metric, *known: Labels) -> None:
        self._lock = threading.Lock()
        self._counts: dict[Labels, int] = dict.fromkeys(known, 0)  # what is there from the start can be watched
        SOURCES[metric] = self.read
        _CLEAR.append(self._clear)

    def add(self, *labels: str) -> None:
        """Count one."""
        with self._lock:
            self._counts[labels] = self._counts.get(labels, 0) + 1

    def read(self) -> Mapping[Labels, int]:
        """Return the counts of this process."""
        with self._lock:
            return dict(self._counts)

    def _clear(self) -> None:
        self._lock = threading.Lock()
        self._counts = dict.fromkeys(self._counts, 0)


class Clock:
    """Counts how long something took, by labels. Safe to use from any thread."""

    def __init__(self, metric: Metric, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self._lock = threading.Lock()
        self._times: dict[Labels, tuple[list[int], list[float]]] = {}
        SOURCES[metric] = self.read
        BOUNDS[metric] = bounds
        _CLEAR.append(self._clear)

    def add(self, seconds: float, *labels: str) -> None:
        """Count one that took so long."""
        with self._lock:
            buckets, total = self._times.setdefault(labels, ([0] * (len(self.bounds) + 1), [0.0]))
            buckets[bisect_left(self.bounds, seconds)] += 1
            total[0] += seconds

    def read(self) -> Mapping[Labels, Times]:
        """Return the times of this process."""
        with self._lock:
            return {labels: (list(buckets), total[0]) for labels, (buckets, total) in self._times.items()}

    def _clear(self) -> None:
        self._lock = threading.Lock()
        self._times = {}


class Tally:
    """The verifications of one door: times, and reasons for which they were refused.

    `note` counts one for a quarter of a microsecond. There is no lock: CPython lets no other thread in between reading
    and writing one place of a dict or a list, as long as nothing is called in between.
    """

    def __init__(self, reasons: Iterable[str]) -> None:
        self._reasons = dict.fromkeys(reasons, 0)
        self._buckets = [0] * (len(SECONDS) + 1)
        self._total = [0.0]
        self._let_in = [0]
        self.note = _note(self._reasons, self._let_in, self._buckets, self._total)
        _CLEAR.append(self._clear)

    def outcomes(self) -> Mapping[str, int]:
        """Return how often each outcome was."""
        return {ALLOWED: self._let_in[0], **self._reasons}

    def times(self) -> Times:
        """Return how long they took."""
        return list(self._buckets), self._total[0]

    def _clear(self) -> None:
        self._reasons.update(dict.fromkeys(self._reasons, 0))
        self._buckets[:] = [0] * len(self._buckets)
        self._let_in[0] = 0
        self._total[0] = 0.0


def _note(
    reasons: dict[str, int], let_in: list[int], buckets: list[int], total: list[float]
) -> Callable[[str | None, float], float]:
    bounds = SECONDS

    def note(reason: str | None, began: float) -> float:
        """Count a verification that began when `perf_counter()` was `began`; return the seconds that it took.

        `reason` is None when it was let in, else one of those known.
        """
        seconds = perf_counter() - began
        buckets[bisect_left(bounds, seconds)] += 1
        if reason is None:
            let_in[0] += 1
        else:
            reasons[reason] += 1
        total[0] += seconds
        return seconds

    return note


def begin_anew() -> None:
    """Count from nothing, after a fork: what was counted is the parent's."""
    for clear in _CLEAR:
        clear()


SOURCES: dict[Metric, Callable[[], Mapping[Labels, Any]]] = {}
BOUNDS: dict[Metric, tuple[float, ...]] = {}
_CLEAR: list[Callable[[], None]] = []

PAGE_ANSWERS = Counter(PAGES)
PAGE_TIMES = Clock(PAGE_SECONDS, PAGE_BOUNDS)
ATTEMPTS = Counter(SIGN_INS, *((outcome,) for outcome in ("let-in", "wrong", "throttled", "too-busy")))
UNANSWERED = Counter(DATABASE_UNAVAILABLE, ("verification",), ("pages",))
