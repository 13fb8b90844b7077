"""What every counter of quotas shares: the windows of a request, the states, and a memory of what is used up."""

from collections.abc import Sequence
from typing import NamedTuple

from portal.policy.limits import LimitState, Quota, Window
from portal.policy.reasons import Reason
from portal.verification.limiter import Spent, limit_name

REMEMBERED_MS = 1000
_MOST_REMEMBERED = 10_000


class Claim(NamedTuple):
    """One request's claim on the quotas of a key, each with the window that the request falls in."""

    key_id: int
    quotas: tuple[tuple[Quota, Window], ...]
    now_ms: int

    @classmethod
    def of(cls, key_id: int, quotas: Sequence[Quota], now_ms: int) -> "Claim":
        """Return the claim of a request of `now_ms`, milliseconds since 1970."""
        return cls(key_id, tuple((quota, quota.window_at(now_ms)) for quota in quotas), now_ms)

    def answer(self, used: Sequence[int]) -> Spent:
        """Return what becomes of the request when so much of each quota was used before it."""
        pairs = list(zip(self.quotas, used, strict=True))
        full = tuple(self._state(quota, window, before) for (quota, window), before in pairs if before >= quota.count)
        if full:
            return Spent(Reason.QUOTA_EXCEEDED, full)
        return Spent(None, tuple(self._state(quota, window, before + 1) for (quota, window), before in pairs))

    def _state(self, quota: Quota, window: Window, used: int) -> LimitState:
        name = limit_name("quota", quota.window, len(self.quotas))
        reset_seconds = max(-(-(window.ends_ms - self.now_ms) // 1000), 1)
        return LimitState(name, quota.count, window.seconds, max(quota.count - used, 0), reset_seconds)


class UsedUp:
    """Remembers for a second which quotas are used up: who goes on asking then costs the database nothing.

    What was used never shrinks within a window, so this refuses nobody whom the database would let in.
    """

    def __init__(self) -> None:
        self._known: dict[int, tuple[Claim, tuple[int, ...]]] = {}

    def refusal(self, claim: Claim) -> Spent | None:
        """Return the refusal of `claim`, when it is known that there is nothing left."""
        known = self._known.get(claim.key_id)
        if known is None or not 0 <= claim.now_ms - known[0].now_ms < REMEMBERED_MS:
            return None
        if [window for _, window in known[0].quotas] != [window for _, window in claim.quotas]:
            return None
        answer = claim.answer(known[1])
        return answer if answer.reason is not None else None

    def note(self, claim: Claim, used: Sequence[int]) -> None:
        """Remember what the database said of a claim that it refused."""
        if len(self._known) >= _MOST_REMEMBERED:
            self._known.clear()
        self._known[claim.key_id] = (claim, tuple(used))
