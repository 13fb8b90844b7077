"""May this request pass? Look the key up, judge, count, record the answer: the one way by which every door asks."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Protocol

from portal import clock
from portal.keys.peppers import Peppers
from portal.keys.token import Digester, is_well_formed
from portal.policy.facts import Facts
from portal.policy.reasons import Reason
from portal.quick_tuple import quickly
from portal.usage.fold import MINUTE_MS, Fold
from portal.verification.carriers import Carried, KeyInUrl
from portal.verification.flood import Flood
from portal.verification.judge import judge
from portal.verification.limiter import Limiter
from portal.verification.rules import rules_of
from portal.verification.verdict import Allowed, KeyRow, Refused, Verdict


class Store(Protocol):
    """Where keys are looked up. Both raise Unavailable when it cannot be known what is stored."""

    def recall(self, digest: bytes) -> KeyRow | None:
        """Return what is remembered for `digest`, if that is proven to be what is stored at this moment."""

    def look_up(self, digest: bytes) -> KeyRow | None:
        """Return what is stored for `digest` at this moment; raise Unavailable when that cannot be known."""

    def warm_up(self) -> None:
        """Remember the keys that were used last, if anything is remembered."""


class Recorder(Protocol):
    """Where requests and what became of them are written down."""

    def record(self, now_ms: int, fold: Fold) -> None:
        """Take note of one request; never fail and never wait."""


class Verifier:
    """Verifies the keys of one installation."""

    def __init__(self, store: Store, peppers: Peppers, recorder: Recorder, limiter: Limiter) -> None:
        self._store = store
        newest_first = sorted(peppers.by_number, reverse=True)
        self._digesters = [Digester(peppers.by_number[number]) for number in newest_first]
        self._recorder = recorder
        self._limiter = limiter
        self._flood = Flood()

    def warm_up(self) -> None:
        """Remember the keys that were used last; raises Unavailable as a look-up does."""
        self._store.warm_up()

    def verify(self, carried: Carried, facts: Facts) -> Verdict:
        """Return the verdict on a request with `facts` that carries this text as its key, or no key for a reason.

        Raises:
            Unavailable: the database did not answer; the request must not pass.

        """
        return self.conclude(carried, self._recall(carried) or self._look_up(carried), facts)

    def _recall(self, carried: Carried) -> KeyRow | None:
        """Return what is remembered of the key: that its digest is known proves that it is well-formed."""
        if type(carried) is not str or not carried.isascii():
            return None
        return self._store.recall(self._digesters[0].digest(carried))

    def _look_up(self, carried: Carried) -> KeyRow | None:
        found = (self._store.look_up(digest) for digest in self.wanted(carried))
        return next((row for row in found if row is not None), None)

    def wanted(self, carried: Carried) -> Iterator[bytes]:
        """Give the digests under which the key may be stored: the current pepper's first, the rest are for a miss."""
        token = carried.token if isinstance(carried, KeyInUrl) else carried
        if not isinstance(token, Reason) and is_well_formed(token):
            yield from (digester.digest(token) for digester in self._digesters)

    def conclude(self, carried: Carried, row: KeyRow | None, facts: Facts) -> Verdict:
        """Return the verdict once it is known what is stored of the key; the request is counted and recorded.

        Raises:
            Unavailable: a quota could not be counted; the request must not pass.

        """
        now_ms = clock.now_ms()
        verdict = _verdict(carried, row, facts, now_ms)
        verdict = self._count(verdict, now_ms) if isinstance(verdict, Allowed) else self._stem(verdict, facts, now_ms)
        self._recorder.record(now_ms, _fold(now_ms // MINUTE_MS, facts, verdict))
        return verdict

    def _count(self, allowed: Allowed, now_ms: int) -> Verdict:
        """Spend what the request costs, as the last thing: what another rule refuses costs nothing."""
        key = allowed.key
        _, _, rates, quotas = key.rules or rules_of(key.policy, key.site)
        if not rates and not quotas:
            return allowed
        spent = self._limiter.spend(key.key_id, rates, quotas, now_ms)
        if spent.reason is not None:
            return Refused(spent.reason, key, limits=spent.states)
        return Allowed(key, spent.states)

    def _stem(self, refused: Refused, facts: Facts, now_ms: int) -> Refused:
        """Count a credential that was no good, and tell an address that sends too many of them to stop."""
        if refused.reason not in _NO_GOOD or (refused.reason is Reason.KEY_IN_URL and refused.key is not None):
            return refused  # the owner of a key that leaked must be told, whatever else came from that address
        limit = self._flood.refused(facts.address, now_ms)
        return refused if limit is None else Refused(Reason.TOO_MANY_REFUSALS, refused.key, limits=(limit,))


def _verdict(carried: Carried, row: KeyRow | None, facts: Facts, now_ms: int) -> Verdict:
    if isinstance(carried, KeyInUrl):
        return Refused(Reason.KEY_IN_URL, row)
    if row is not None:
        return judge(row, facts, now_ms)
    if isinstance(carried, Reason):
        return Refused(carried)
    return _UNKNOWN if is_well_formed(carried) else _MALFORMED


def _fold(minute: int, facts: Facts, verdict: Verdict) -> Fold:
    """Return what is recorded. Of a stranger nothing but the address is kept: a flood costs one row a minute."""
    key = verdict.key
    reason = verdict.reason if isinstance(verdict, Refused) else None
    if key is None:
        return Fold(minute, None, None, facts.address, None, None, reason)
    resource = facts.resource or facts.path
    # Only a key that has or had two secrets pays for telling them apart.
    was_rotated = key.secret_made_at != key.created_at or key.secret_ends_at is not None
    secret = key.digest if was_rotated or reason is Reason.KEY_IN_URL else None
    return _record((minute, key.key_id, key.owner_id, facts.address, facts.method, resource, reason, secret))


_record = quickly(Fold)
_NO_GOOD = {reason for reason in Reason if reason.status == HTTPStatus.UNAUTHORIZED} - {Reason.MISSING} | {
    Reason.KEY_IN_URL
}
_MALFORMED = Refused(Reason.MALFORMED)
_UNKNOWN = Refused(Reason.UNKNOWN)
