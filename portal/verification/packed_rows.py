"""Rows of keys in one block of memory, 90 bytes each: a million of them take as much as 150,000 named tuples.

The block is divided into sets, and the digest of a key tells in which of them its row lies. A set is replaced as a
whole, so that another thread sees it before or after a change and never in between. When one is full, the row that was
put there first makes room. What is seldom (an end of its secret, a pause) has no place in a row of this kind.
"""

from struct import Struct
from typing import NamedTuple

from portal.keys.token import PUBLIC_LENGTH
from portal.verification.rules import Rules, rules_of
from portal.verification.verdict import KeyRow

TABLE_BYTES = 88 * 1024 * 1024
MOST_KINDS = 4096
MOST_TURNED_AWAY = 20_000  # rows, for there being too many kinds
_SET_BYTES = 2816

_TOLD_APART = 12  # bytes of the digest; nobody finds another key with the same, who does not know the pepper
# key, owner, made, expires, steady until (seconds), kind, age, bytes of text, characters of the name
_HEAD = Struct("<IIQQIHHHB")
_LENGTH = Struct("<H")
_HEAD_BYTES, _LENGTH_BYTES = _HEAD.size, _LENGTH.size
_TEXT_BEGINS = _TOLD_APART + _HEAD_BYTES
_MOST_TEXT_BYTES = 512
_LATEST_SECOND = 2**32 - 1
_head, _row = _HEAD.unpack_from, tuple.__new__


class Kind(NamedTuple):
    """What many keys have in common; `prefix` is what their public ids begin with."""

    prefix: str
    kind: str
    policy: str
    site: str
    rules: Rules


class PackedRows:
    """Rows by their digest, in `table_bytes` of memory. One thread at a time may change them, all may read them."""

    def __init__(self, table_bytes: int = TABLE_BYTES) -> None:
        self._sets = max(table_bytes // _SET_BYTES, 1)
        self.clear()

    def clear(self) -> None:
        """Forget all rows."""
        self._turned_away = 0
        self._kinds: dict[tuple[str, ...], int] = {}
        # In one, because what one says of a kind is true in the other alone. What nobody writes to takes no memory.
        self._state: tuple[bytearray, list[Kind]] = bytearray(self._sets * _SET_BYTES), []

    def get(self, digest: bytes) -> tuple[KeyRow, int] | None:
        """Return the row of a digest, and the age that it was put in with."""
        table, kinds = self._state
        begins = hash(digest) % self._sets * _SET_BYTES
        here = table[begins : begins + _SET_BYTES]
        at = here.find(digest[:_TOLD_APART])
        if at < 0:
            return None
        key_id, owner_id, made_at, expires_at, steady, kind, age, size, name = _head(here, at + _TOLD_APART)
        prefix, kind, policy, site, rules = kinds[kind]
        at += _TEXT_BEGINS
        text = here[at : at + size].decode()
        name += PUBLIC_LENGTH
        return _row(KeyRow, (
            digest, key_id, prefix + text[:PUBLIC_LENGTH], text[PUBLIC_LENGTH:name], kind, owner_id, text[name:],
            made_at, None, None, made_at, None, None, None, None, None, expires_at or None, policy, site,
            steady * 1000, rules,
        )), age  # fmt: skip

    def __contains__(self, digest: bytes) -> bool:
        return digest[:_TOLD_APART] in self._set_of(digest)

    def put(self, row: KeyRow, age: int) -> bool:
        """Put a row in, unless it has no place here; return whether it has. A row of the same digest is replaced."""
        packed = self._pack(row, age) if _is_usual(row) else None
        if packed is None:
            return False
        used = self._without(row.digest)
        while len(used) + len(packed) > _SET_BYTES - _LENGTH_BYTES:
            used = used[_size_of_first(used) :]
        self._write(row.digest, used + packed)
        return True

    def remove(self, digest: bytes) -> None:
        """Forget the row of a digest, if it is there."""
        if digest in self:
            self._write(digest, self._without(digest))

    def _set_of(self, digest: bytes) -> bytearray:
        begins = hash(digest) % self._sets * _SET_BYTES
        return self._state[0][begins : begins + _SET_BYTES]

    def _without(self, digest: bytes) -> bytearray:
        """Return the rows that lie in the set of a digest, without its own."""
        here = self._set_of(digest)
        (length,) = _LENGTH.unpack_from(here)
        rows = here[_LENGTH_BYTES : _LENGTH_BYTES + length]
        at = rows.find(digest[:_TOLD_APART])
        return rows if at < 0 else rows[:at] + rows[at + _size_of_first(rows[at:]) :]

    def _write(self, digest: bytes, rows: bytearray) -> None:
        begins = hash(digest) % self._sets * _SET_BYTES
        here = (_LENGTH.pack(len(rows)) + rows).ljust(_SET_BYTES, b"\0")
        self._state[0][begins : begins + _SET_BYTES] = here  # as long as what was there: no row moves

    def _pack(self, row: KeyRow, age: int) -> bytes | None:
        prefix, public = row.public_id[:-PUBLIC_LENGTH], row.public_id[-PUBLIC_LENGTH:]
        text = f"{public}{row.name}{row.user}".encode()
        kind = self._number_of(prefix, row.kind, row.policy, row.site)
        if kind is None or len(text) > _MOST_TEXT_BYTES:
            return None
        steady = min(row.steady_until // 1000, _LATEST_SECOND)
        told = (row.key_id, row.owner_id, row.created_at, row.expires_at or 0, steady, kind, age, len(text))
        return row.digest[:_TOLD_APART] + _HEAD.pack(*told, len(row.name)) + text

    def _number_of(self, *what: str) -> int | None:
        """Return the number of a kind, a new one where it is not known; None while there are too many."""
        known = self._kinds.get(what)
        if known is None and len(self._kinds) >= MOST_KINDS:
            self._turned_away += 1
            if self._turned_away < MOST_TURNED_AWAY:
                return None
            self.clear()  # most of those kinds may be gone
        if known is None:
            prefix, kind, policy, site = what
            self._state[1].append(Kind(prefix, kind, policy, site, rules_of(policy, site)))
            known = self._kinds[what] = len(self._kinds)
        return known


def _is_usual(row: KeyRow) -> bool:
    """Return whether nothing stands against the key but time, and all of it fits into a row of this kind."""
    seldom = (
        row.revoked_at, row.paused_at, row.secret_ends_at, row.owner_disabled_at, row.sign_in_ended_at,
        row.sign_in_ends_at, row.not_before,
    )  # fmt: skip
    times = row.created_at, row.expires_at or 1
    return (
        all(moment is None for moment in seldom)
        and row.secret_made_at == row.created_at
        and row.expires_at != 0
        and all(0 <= moment < 2**63 for moment in times)
        and all(0 <= number < 2**32 for number in (row.key_id, row.owner_id))
        and len(row.public_id) > PUBLIC_LENGTH
        and len(row.name) < 2**8
    )


def _size_of_first(rows: bytearray) -> int:
    """Return how many bytes the first of some rows has."""
    size: int = _head(rows, _TOLD_APART)[-2]
    return _TEXT_BEGINS + size
