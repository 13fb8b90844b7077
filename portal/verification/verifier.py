"""May this request pass? Look the key up, judge it, record what was answered: the one way by which every door asks."""

from typing import Protocol

from portal.clock import now, to_milliseconds
from portal.keys.peppers import Peppers
from portal.keys.token import Token, digest
from portal.policy.facts import Facts
from portal.policy.reasons import Reason
from portal.usage.fold import MINUTE_MS, Fold
from portal.verification.judge import judge
from portal.verification.verdict import KeyRow, Refused, Verdict


class Store(Protocol):
    """Where keys are looked up."""

    def look_up(self, digest: bytes) -> KeyRow | None:
        """Return what is stored for `digest` at this moment; raise Unavailable when that cannot be known."""


class Recorder(Protocol):
    """Where requests and what became of them are written down."""

    def record(self, now_ms: int, fold: Fold) -> None:
        """Take note of one request; never fail and never wait."""


class Verifier:
    """Verifies the keys of one installation."""

    def __init__(self, store: Store, peppers: Peppers, recorder: Recorder) -> None:
        self._store = store
        self._peppers = [peppers.by_number[number] for number in sorted(peppers.by_number, reverse=True)]
        self._recorder = recorder

    def verify(self, carried: str | Reason, facts: Facts) -> Verdict:
        """Return the verdict on a request with `facts` that carries this text as its key, or no key for a reason.

        Raises:
            Unavailable: the database did not answer; the request must not pass.

        """
        now_ms = to_milliseconds(now())
        verdict = self._verdict(carried, facts, now_ms)
        self._recorder.record(now_ms, _fold(now_ms // MINUTE_MS, facts, verdict))
        return verdict

    def _verdict(self, carried: str | Reason, facts: Facts, now_ms: int) -> Verdict:
        if isinstance(carried, Reason):
            return Refused(carried)
        if Token.parse(carried) is None:
            return _MALFORMED
        row = self._find(carried)
        return _UNKNOWN if row is None else judge(row, facts, now_ms)

    def _find(self, token: str) -> KeyRow | None:
        for pepper in self._peppers:  # the current one first; an older one is tried on a miss only
            row = self._store.look_up(digest(token, pepper))
            if row is not None:
                return row
        return None


def _fold(minute: int, facts: Facts, verdict: Verdict) -> Fold:
    """Return what is recorded. Of a stranger nothing but the address is kept: a flood costs one row a minute."""
    key = verdict.key
    reason = verdict.reason if isinstance(verdict, Refused) else None
    if key is None:
        return Fold(minute, None, None, facts.address, None, None, reason)
    return Fold(minute, key.key_id, key.owner_id, facts.address, facts.method, facts.resource or facts.path, reason)


_MALFORMED = Refused(Reason.MALFORMED)
_UNKNOWN = Refused(Reason.UNKNOWN)
