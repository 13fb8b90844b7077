"""What the lane asks PostgreSQL for many requests at once: the rows of keys, and what has changed since.

Each statement is prepared once for a connection. Parameters and results are binary, read without psycopg's cursors.
"""

import struct
from collections.abc import Sequence
from typing import NamedTuple

from psycopg.adapt import Transformer
from psycopg.pq.abc import PGresult

from portal.verification.remembered import MOST_CHANGES
from portal.verification.store_postgres import LOOK_UP as ONE_ROW
from portal.verification.verdict import KeyRow


class Statement(NamedTuple):
    """A statement with one parameter, under the name by which it is prepared."""

    name: bytes
    text: bytes


class Changes(NamedTuple):
    """What can have another verdict than at an earlier snapshot; a digest that is None stands for all keys."""

    snapshot: bytes  # the one that saw them
    digests: Sequence[bytes | None]


LOOK_UP = Statement(b"look_up", ONE_ROW.replace("= %s", "= ANY($1)").encode())

# A transaction's number is no proof of its place among the commits: one that began before another may be seen after it.
# So every change is listed that the earlier snapshot did not see; where the log may have been cut, one that means all.
CHANGES = Statement(
    b"changes",
    b"""
    SELECT pg_current_snapshot()::text,
           CASE WHEN oldest.xid < seen.xmin THEN change.digest END,
           oldest.xid < seen.xmin AND change.xid IS NULL
    FROM (SELECT snapshot, pg_snapshot_xmin(snapshot)::text::bigint AS xmin
          FROM (SELECT $1::text::pg_snapshot AS snapshot) AS earlier) AS seen
    LEFT JOIN (SELECT xid FROM key_change WHERE xid IS NOT NULL ORDER BY xid LIMIT 1) AS oldest ON true
    LEFT JOIN key_change AS change
        ON change.xid >= seen.xmin AND NOT pg_visible_in_snapshot(change.xid::text::xid8, seen.snapshot)
    LIMIT %d
    """
    % (MOST_CHANGES + 1),
)

_BYTEA = 17
_LENGTH = struct.pack("!i", 32)  # of a digest
_TRUE = b"\x01"
_ALL = (None,)


def as_array(digests: Sequence[bytes]) -> bytes:
    """Return digests as a binary parameter, an array of bytea."""
    return struct.pack("!5i", 1, 0, _BYTEA, len(digests), 1) + _LENGTH + _LENGTH.join(digests)


def rows_of(result: PGresult) -> list[KeyRow]:
    """Return what `LOOK_UP` found."""
    transformer = Transformer()
    transformer.set_pgresult(result)
    return transformer.load_rows(0, result.ntuples, KeyRow.of)


def changes_of(result: PGresult) -> Changes:
    """Return what `CHANGES` found."""
    snapshot = result.get_value(0, 0) or b""
    if result.ntuples == 1 and result.get_value(0, 2) == _TRUE:
        return Changes(snapshot, ())
    if result.ntuples > MOST_CHANGES:
        return Changes(snapshot, _ALL)
    return Changes(snapshot, [result.get_value(number, 1) for number in range(result.ntuples)])
