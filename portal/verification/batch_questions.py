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
    """A statement with one parameter, binary or text, under the name by which it is prepared."""

    name: bytes
    text: bytes
    is_binary: bool


class Changes(NamedTuple):
    """What may have another verdict than at an earlier snapshot: these secrets, what these people own, or all."""

    snapshot: bytes  # the one that saw them
    digests: Sequence[bytes] = ()
    owners: Sequence[int] = ()
    is_all: bool = False


LOOK_UP = Statement(b"look_up", ONE_ROW.replace("= %s", "= ANY($1)").encode(), is_binary=True)

# A transaction's number is no proof of its place among the commits: one that began before another may be seen after it.
# So every change is listed that the earlier snapshot did not see: of those that began later, and of those it names.
# Where the log may have been cut, and on a standby, whose snapshots name nobody, nothing is proven.
CHANGES = Statement(
    b"changes",
    b"""
    SELECT pg_current_snapshot()::text, oldest.xid < seen.xmin AND NOT pg_is_in_recovery(),
           change.xid IS NOT NULL, change.digest, change.owner_id
    FROM (SELECT snapshot, pg_snapshot_xmin(snapshot)::text::bigint AS xmin,
                 pg_snapshot_xmax(snapshot)::text::bigint AS xmax
          FROM (SELECT $1::text::pg_snapshot AS snapshot) AS earlier) AS seen
    LEFT JOIN (SELECT xid FROM key_change WHERE xid IS NOT NULL ORDER BY xid LIMIT 1) AS oldest ON true
    LEFT JOIN LATERAL (
        SELECT xid, digest, owner_id FROM key_change WHERE xid >= seen.xmax
        UNION ALL
        SELECT log.xid, log.digest, log.owner_id
        FROM pg_snapshot_xip(seen.snapshot) AS open (xid) JOIN key_change AS log ON log.xid = open.xid::text::bigint
    ) AS change ON true
    LIMIT %d
    """
    % (MOST_CHANGES + 1),
    is_binary=False,
)

_BYTEA = 17
_LENGTH = struct.pack("!i", 32)  # of a digest
_TRUE = b"\x01"


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
    if result.get_value(0, 1) != _TRUE or result.ntuples > MOST_CHANGES:
        return Changes(snapshot, is_all=True)
    if result.get_value(0, 2) != _TRUE:
        return Changes(snapshot)
    changes = [(result.get_value(number, 3), result.get_value(number, 4)) for number in range(result.ntuples)]
    digests = [digest for digest, _owner in changes if digest is not None]
    owners = [int.from_bytes(owner, "big") for digest, owner in changes if digest is None and owner is not None]
    return Changes(snapshot, digests, owners, is_all=len(digests) + len(owners) < len(changes))
