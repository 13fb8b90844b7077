"""What a store remembers of keys: only rows that it can prove to be current are taken from here."""

from collections.abc import Collection
from itertools import islice

from portal.policy.policy import Policy
from portal.verification.judge import steady_until
from portal.verification.packed_rows import LATEST_MS, MOST_BYTES, PackedRows
from portal.verification.rules import rules_of
from portal.verification.verdict import KeyRow

MOST_UNUSUAL = 10_000  # keys, some 650 bytes each
MOST_CHANGES = 1_000  # beyond so many at once, forgetting everything is cheaper
_PART = 64  # so big a part of the unusual, as a fraction, is forgotten when there are more
_LONGEST_POLICY = 2048  # characters: nobody fills the memory with long ones
_OLDEST_AGE = 2**16 - 1
_NO_AGE = -1


class Remembered:
    """Rows by their digest. When there are too many, those that were learned first are forgotten.

    One thread at a time may change what is remembered, all may read it.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._packed = PackedRows(most_bytes)
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self._packed.clear()
        self._unusual: dict[bytes, KeyRow] = {}
        self._age = 0
        self._void: dict[int, int] = {}  # of which owners rows of which age, and older ones, are void

    def __contains__(self, digest: bytes) -> bool:
        return digest in self._packed or digest in self._unusual

    def get(self, digest: bytes) -> KeyRow | None:
        """Return what is remembered for `digest`."""
        found = self._packed.get(digest)
        if found is None:
            return self._unusual.get(digest)
        row, age = found
        return row if not self._void or age > self._void.get(row.owner_id, _NO_AGE) else None

    def keep(self, row: KeyRow) -> KeyRow:
        """Remember a row, unless its rules are very long or cannot be read; return it as it is remembered."""
        if len(row.policy) > _LONGEST_POLICY or Policy.readable(row.policy) is None:
            return row
        steady = min(steady_until(row) // 1000 * 1000, LATEST_MS)  # earlier than need be is never wrong
        row = row._replace(steady_until=steady, rules=rules_of(row.policy, row.site))
        if self._packed.put(row, self._age):
            self._unusual.pop(row.digest, None)
            return row
        self._packed.remove(row.digest)
        return self._keep_unusual(row._replace(rules=None))  # so many rules would take more than all else

    def forget_of(self, owners: Collection[int]) -> None:
        """Forget the rows of what these people own."""
        self._unusual = {digest: row for digest, row in self._unusual.items() if row.owner_id not in owners}
        self._void.update(dict.fromkeys(owners, self._age))
        self._age += 1
        if self._age == _OLDEST_AGE or len(self._void) > MOST_UNUSUAL:
            self.clear()

    def forget(self, digest: bytes | None) -> None:
        """Forget one row, or, where a change turns the verdict of every key, all of them."""
        if digest is None:
            self.clear()
        else:
            self._packed.remove(digest)
            self._unusual.pop(digest, None)

    def _keep_unusual(self, row: KeyRow) -> KeyRow:
        if len(self._unusual) >= MOST_UNUSUAL:
            for digest in list(islice(self._unusual, -(-MOST_UNUSUAL // _PART))):
                del self._unusual[digest]
        self._unusual[row.digest] = row
        return row
