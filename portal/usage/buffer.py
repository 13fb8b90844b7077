"""What was recorded since the last flush, in memory and never more than a set number of rows."""

import threading
from collections import Counter
from typing import NamedTuple

from portal.policy.reasons import Reason
from portal.usage.fold import Fold

MOST_ROWS = 50_000
MOST_FOLDS_A_MINUTE = 10_000  # beyond it, the further requests of a minute are folded coarser
MOST_STRANGERS_A_MINUTE = 1_000
MOST_FOLDS_OF_A_KEY = 300

Counts = dict[Fold, int]
LastUsed = dict[int, tuple[int, str | None]]


class SecretUse(NamedTuple):
    """How often a secret was let in or leaked; when (milliseconds since 1970) and from where it was last."""

    key_id: int
    at: int
    address: str | None
    calls: int


class Taken(NamedTuple):
    """The contents of a buffer.

    Calls by fold; (milliseconds, address) of a key's last use; use and leaks by digest; when a key was last refused so.
    """

    counts: Counts
    last_used: LastUsed
    secrets: dict[bytes, SecretUse]
    leaks: dict[bytes, SecretUse]
    refused: dict[Fold, int]


class UsageBuffer:
    """Counts requests until they are taken away. Safe to use from any thread."""

    def __init__(self, most_rows: int = MOST_ROWS) -> None:
        self._most_rows = most_rows
        self._lock = threading.Lock()
        self._counts: Counts = {}
        self._last_used: LastUsed = {}
        self._secrets: dict[bytes, SecretUse] = {}
        self._leaks: dict[bytes, SecretUse] = {}
        self._refused: dict[Fold, int] = {}
        self._minute = 0
        self._seen: tuple[set[Fold], set[Fold]] = (set(), set())
        self._of_key: Counter[int | None] = Counter()
        self.dropped = 0

    @property
    def waiting(self) -> int:
        """The number of rows that nobody has taken yet."""
        return len(self._counts)

    def add(self, now_ms: int, fold: Fold, calls: int = 1) -> None:
        """Count requests, the last at `now_ms`, or count them as dropped when the buffer is full."""
        secret, address = fold.secret, fold.address
        if secret is not None:
            fold = fold._replace(secret=None)
        with self._lock:
            fold = fold if fold in self._counts else self._bounded(fold)
            self._count(fold, calls)
            if fold.key_id is not None and fold.reason is None:
                self._use(fold.key_id, now_ms, address)
            elif fold.key_id is not None:
                self._refuse(fold, now_ms)
            if secret is not None and fold.key_id is not None and fold.reason in {None, Reason.KEY_IN_URL}:
                known = self._secrets if fold.reason is None else self._leaks
                self._use_secret(known, secret, SecretUse(fold.key_id, now_ms, address, calls))

    def take(self) -> Taken:
        """Return everything and begin anew."""
        with self._lock:
            taken = Taken(self._counts, self._last_used, self._secrets, self._leaks, self._refused)
            self._counts, self._last_used, self._secrets, self._leaks, self._refused = {}, {}, {}, {}, {}
        return taken

    def give_back(self, taken: Taken) -> None:
        """Put back what could not be stored."""
        with self._lock:
            for fold, calls in taken.counts.items():
                self._count(fold, calls)
            for fold, at in taken.refused.items():
                self._refuse(fold, at)
            for key_id, (at, address) in taken.last_used.items():
                self._use(key_id, at, address)
            for known, uses in ((self._secrets, taken.secrets), (self._leaks, taken.leaks)):
                for secret, use in uses.items():
                    self._use_secret(known, secret, use)

    def _count(self, fold: Fold, calls: int) -> None:
        before = self._counts.get(fold, 0)
        if before == 0 and len(self._counts) >= self._most_rows:
            self.dropped += calls
        else:
            self._counts[fold] = before + calls

    def _refuse(self, fold: Fold, at: int) -> None:
        if fold in self._counts:  # what was dropped is no row
            self._refused[fold] = max(at, self._refused.get(fold, 0))

    def _use(self, key_id: int, at: int, address: str | None) -> None:
        before = self._last_used.get(key_id)
        if (before is None and len(self._last_used) < self._most_rows) or (before is not None and before[0] <= at):
            self._last_used[key_id] = (at, address)

    def _use_secret(self, known: dict[bytes, SecretUse], secret: bytes, use: SecretUse) -> None:
        before = known.get(secret)
        if before is not None:
            latest = use if use.at >= before.at else before
            known[secret] = latest._replace(calls=before.calls + use.calls)
        elif len(known) < self._most_rows:
            known[secret] = use

    def _bounded(self, fold: Fold) -> Fold:
        """Return `fold`, or a coarser one when this minute, or this key in it, has brought too many different ones."""
        if fold.minute != self._minute:
            self._minute, self._seen, self._of_key = fold.minute, (set(), set()), Counter()
        is_stranger = fold.key_id is None
        seen, most = self._seen[is_stranger], MOST_STRANGERS_A_MINUTE if is_stranger else MOST_FOLDS_A_MINUTE
        if fold in seen:
            return fold
        if len(seen) >= most or (not is_stranger and self._of_key[fold.key_id] >= MOST_FOLDS_OF_A_KEY):
            return fold.coarser()
        seen.add(fold)
        self._of_key[fold.key_id] += 1
        return fold
