"""What a store remembers of keys: only rows that it can prove to be current are taken from here."""

import sys
from collections.abc import Collection
from itertools import islice

from portal.verification.judge import steady_until
from portal.verification.verdict import KeyRow

MOST_KEPT = 104_000  # keys, some 650 bytes each
MOST_CHANGES = 1_000  # beyond so many at once, forgetting everything is cheaper
_PART = 64  # so big a part, as a fraction, is forgotten when there are more
_LONGEST_POLICY = 2048  # characters: nobody fills the memory with long ones


class Remembered(dict[bytes, KeyRow]):
    """Rows by their digest. When there are too many, those that were learned first are forgotten."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        super().__init__()
        self.most = most

    def keep(self, row: KeyRow) -> KeyRow:
        """Remember a row, unless its rules are very long; return it as it is remembered."""
        row = _shared(row)
        if len(row.policy) <= _LONGEST_POLICY:
            if len(self) >= self.most:
                for digest in list(islice(self, -(-self.most // _PART))):
                    del self[digest]
            self[row.digest] = row
        return row

    def forget_of(self, owners: Collection[int]) -> None:
        """Forget the rows of what these people own."""
        for digest in [digest for digest, row in self.items() if row.owner_id in owners]:
            del self[digest]

    def forget(self, digest: bytes | None) -> None:
        """Forget one row, or, where a change turns the verdict of every key, all of them."""
        if digest is None:
            self.clear()
        else:
            self.pop(digest, None)


def _shared(row: KeyRow) -> KeyRow:
    """Return the row with one copy of what is alike in it or in many, and with what need not be worked out again."""
    made_at = row.created_at if row.secret_made_at == row.created_at else row.secret_made_at
    steady = steady_until(row)
    return row._replace(
        kind=sys.intern(row.kind), user=sys.intern(row.user), policy=sys.intern(row.policy), site=sys.intern(row.site),
        secret_made_at=made_at, steady_until=row.expires_at if steady == row.expires_at else steady,
    )  # fmt: skip
