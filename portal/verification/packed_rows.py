"""Rows of keys in one block of memory, some 95 bytes each: 800,000 of them take as much as 120,000 named tuples.

The block is divided into sets, and the digest of a key tells in which of them its row lies. A set is replaced as a
whole, so that another thread sees it before or after a change and never in between. When one is full, the row that was
put there first makes room. What is seldom (an end of its secret, a pause) has no place in a row of this kind.
"""

import struct
from typing import NamedTuple

from portal.keys.token import PUBLIC_LENGTH
from portal.verification.rules import Rules, rules_of
from portal.verification.verdict import KeyRow

MOST_BYTES = 72 * 1024 * 1024
FIRST_SETS = 1024
LATEST_MS = (2**32 - 1) * 1000  # what is steady for longer, in whole seconds, is so until then: in 2106
MOST_KINDS = 4096
MOST_TURNED_AWAY = 20_000  # rows, for there being too many kinds
_SET_BYTES = 2304
_MANY_PUSHED_OUT = 8  # as a fraction: rows of one set in so many

# A row begins with a byte that is in no text (UTF-8), and with as much of the digest as nobody can guess.
_BEGINNING, _DIGEST_BYTES = b"\xff", 12
_TOLD_APART = len(_BEGINNING) + _DIGEST_BYTES
# key, owner, made, expires, steady until (seconds), kind, age, bytes of text, characters of the name
_HEAD = struct.Struct("<IIQQIHHHB")
_LENGTH = struct.Struct("<H")
_LENGTH_BYTES = _LENGTH.size
_TEXT_BEGINS = _TOLD_APART + _HEAD.size
_ROOM = _SET_BYTES - _LENGTH_BYTES
_DIGEST_AT = slice(len(_BEGINNING), len(_BEGINNING) + 4)
_MOST_TEXT_BYTES = 512
_head, _row, _as_number = _HEAD.unpack_from, tuple.__new__, int.from_bytes


class Kind(NamedTuple):
    """What many keys have in common; `prefix` is what their public ids begin with."""

    prefix: str
    kind: str
    policy: str
    site: str
    rules: Rules


class _State(NamedTuple):
    """What belongs together: what a row says of its kind and where it lies is true in its own state alone."""

    table: bytearray
    mask: int  # which bits of a digest tell its set
    kinds: list[Kind]


class PackedRows:
    """Rows by their digest, in a table that grows up to `most_bytes`.

    One thread at a time may change them, all may read them.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_sets = most_bytes // _SET_BYTES
        self.clear()

    def clear(self) -> None:
        """Forget all rows."""
        self._turned_away = self._pushed_out = 0
        self._kinds: dict[tuple[str, ...], int] = {}
        sets = 1
        while sets * 2 <= min(self._most_sets, FIRST_SETS):
            sets *= 2
        self._state = _State(bytearray(sets * _SET_BYTES), sets - 1, [])

    def __contains__(self, digest: bytes) -> bool:
        return _beginning(digest) in self._set_of(digest)

    def get(self, digest: bytes) -> tuple[KeyRow, int] | None:
        """Return the row of a digest, and the age that it was put in with."""
        table, mask, kinds = self._state
        begins = (_as_number(digest[:4], "little") & mask) * _SET_BYTES
        here = table[begins : begins + _SET_BYTES]
        at = here.find(_BEGINNING + digest[:_DIGEST_BYTES])
        if at < 0:
            return None
        key_id, owner_id, made_at, expires_at, steady, which, age, size, name = _head(here, at + _TOLD_APART)
        prefix, kind, policy, site, rules = kinds[which]
        at += _TEXT_BEGINS
        text = here[at : at + size].decode()
        name += PUBLIC_LENGTH
        return _row(KeyRow, (
            digest, key_id, prefix + text[:PUBLIC_LENGTH], text[PUBLIC_LENGTH:name], kind, owner_id, text[name:],
            made_at, None, None, made_at, None, None, None, None, None, expires_at or None, policy, site,
            steady * 1000, rules,
        )), age  # fmt: skip

    def put(self, row: KeyRow, age: int) -> bool:
        """Put a row in, unless it has no place here; return whether it has. A row of the same digest is replaced."""
        try:
            packed = self._pack(row, age) if _is_usual(row) else None
        except (struct.error, UnicodeError):  # somebody wrote it by hand
            packed = None
        if packed is None:
            return False
        rows = self._without(row.digest)
        while len(rows) + len(packed) > _ROOM:
            rows = rows[_size_of_first(rows) :]
            self._pushed_out += 1
        self._write(row.digest, rows + packed)
        sets = self._state.mask + 1
        if self._pushed_out > sets // _MANY_PUSHED_OUT and sets * 2 <= self._most_sets:
            try:
                self._grow()
            except MemoryError:
                self._most_sets = sets
        return True

    def remove(self, digest: bytes) -> None:
        """Forget the row of a digest, if it is there."""
        if digest in self:
            self._write(digest, self._without(digest))

    def _set_of(self, digest: bytes) -> bytearray:
        begins = self._place(digest)
        return self._state.table[begins : begins + _SET_BYTES]

    def _place(self, digest: bytes) -> int:
        """Return where the set of a digest begins."""
        return (_as_number(digest[:4], "little") & self._state.mask) * _SET_BYTES

    def _without(self, digest: bytes) -> bytearray:
        """Return the rows that lie in the set of a digest, without its own."""
        rows = _rows_in(self._set_of(digest))
        at = rows.find(_beginning(digest))
        return rows if at < 0 else rows[:at] + rows[at + _size_of_first(rows[at:]) :]

    def _write(self, digest: bytes, rows: bytearray) -> None:
        begins = self._place(digest)
        self._state.table[begins : begins + _SET_BYTES] = _as_set(rows)  # as long as what was there: nothing moves

    def _grow(self) -> None:
        """Take twice the sets: one more bit tells into which of two the rows of each go. It takes 0.4 µs for a row."""
        table, mask, kinds = self._state
        bit, wider = mask + 1, bytearray(2 * len(table))
        for begins in range(0, len(table), _SET_BYTES):
            parted = bytearray(), bytearray()
            rows = _rows_in(table[begins : begins + _SET_BYTES])
            at = 0
            while at < len(rows):
                row = rows[at : at + _size_of_first(rows[at : at + _TEXT_BEGINS])]
                parted[bool(_as_number(row[_DIGEST_AT], "little") & bit)].extend(row)
                at += len(row)
            for place, part in zip((begins, len(table) + begins), parted, strict=True):
                wider[place : place + _SET_BYTES] = _as_set(part)
        self._pushed_out = 0
        self._state = _State(wider, mask | bit, kinds)

    def _pack(self, row: KeyRow, age: int) -> bytes | None:
        prefix, public = row.public_id[:-PUBLIC_LENGTH], row.public_id[-PUBLIC_LENGTH:]
        text = f"{public}{row.name}{row.user}".encode()
        kind = self._number_of(prefix, row.kind, row.policy, row.site)
        if kind is None or len(text) > _MOST_TEXT_BYTES:
            return None
        seconds = row.steady_until // 1000
        told = (row.key_id, row.owner_id, row.created_at, row.expires_at or 0, seconds, kind, age, len(text))
        return _beginning(row.digest) + _HEAD.pack(*told, len(row.name)) + text

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
            self._state.kinds.append(Kind(prefix, kind, policy, site, rules_of(policy, site)))
            known = self._kinds[what] = len(self._kinds)
        return known


def _is_usual(row: KeyRow) -> bool:
    """Return whether nothing stands against the key but time, and all of it fits into a row of this kind."""
    return (
        row.revoked_at is None
        and row.paused_at is None
        and row.secret_ends_at is None
        and row.owner_disabled_at is None
        and row.sign_in_ended_at is None
        and row.sign_in_ends_at is None
        and row.not_before is None
        and row.secret_made_at == row.created_at
        and 0 <= row.created_at < 2**63
        and (row.expires_at is None or 0 < row.expires_at < 2**63)
        and 0 <= row.key_id < 2**32
        and 0 <= row.owner_id < 2**32
        and len(row.public_id) > PUBLIC_LENGTH
        and len(row.name) < _BEGINNING[0]
        and row.steady_until <= LATEST_MS
    )


def _beginning(digest: bytes) -> bytes:
    return _BEGINNING + digest[:_DIGEST_BYTES]


def _rows_in(here: bytearray) -> bytearray:
    (length,) = _LENGTH.unpack_from(here)
    return here[_LENGTH_BYTES : _LENGTH_BYTES + length]


def _as_set(rows: bytearray) -> bytearray:
    return bytearray(_LENGTH.pack(len(rows)) + rows).ljust(_SET_BYTES, b"\0")


def _size_of_first(rows: bytearray) -> int:
    """Return how many bytes the first of some rows has."""
    size: int = _head(rows, _TOLD_APART)[-2]
    return _TEXT_BEGINS + size
