"""Limits what an address may try: whoever sends one refused credential after another is told to stop.

Only what is refused anyway is counted and answered so; a good key passes from every address, however many bad ones came
from there. An IPv6 address counts with its /64, which is what one customer is given at least.
"""

import threading

from portal.client_ip import bucket_of
from portal.policy.limits import LimitState

MOST_REFUSALS = 100
WINDOW_MS = 60_000
MOST_ADDRESSES = 20_000


class Flood:
    """Counts refused credentials by address, a minute from the first of them. Safe to use from any thread."""

    def __init__(self, most: int = MOST_REFUSALS, most_addresses: int = MOST_ADDRESSES) -> None:
        self._most = most
        self._most_addresses = most_addresses
        self._lock = threading.Lock()
        self._counts: dict[str, list[int]] = {}  # [end of the window, refusals], the window that ends first in front

    def refused(self, address: str | None, now_ms: int) -> LimitState | None:
        """Count one refused credential from a canonical address; return the limit, when that was one too many.

        An address that is not known is not counted.
        """
        if address is None:
            return None
        bucket = bucket_of(address)
        with self._lock:
            ends_ms, refusals = count = self._count(bucket, now_ms)
            count[1] += 1
        if refusals < self._most:
            return None
        return LimitState("refusals", self._most, WINDOW_MS // 1000, 0, max(-(-(ends_ms - now_ms) // 1000), 1))

    def _count(self, bucket: str, now_ms: int) -> list[int]:
        count = self._counts.get(bucket)
        if count is None or not now_ms < count[0] <= now_ms + WINDOW_MS:  # over, or the clock was set back
            self._counts.pop(bucket, None)
            self._make_room(now_ms)
            count = self._counts[bucket] = [now_ms + WINDOW_MS, 0]
        return count

    def _make_room(self, now_ms: int) -> None:
        """Forget the windows that are over, and the oldest when there are too many."""
        while self._counts:
            oldest = next(iter(self._counts))
            if self._counts[oldest][0] > now_ms and len(self._counts) < self._most_addresses:
                return
            del self._counts[oldest]
