"""Equal requests of one minute, folded into one access record with a count."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import unquote

from portal.keys.token import PUBLIC_LENGTH

MINUTE_MS = 60_000
_HIDDEN = {"Cc", "Cs"}
_as_json = json.JSONEncoder(separators=(",", ":")).encode
# A public id and at least the beginning of its secret: what was cut on the way is taken out too.
_SECRET = re.compile(rf"[a-z][a-z0-9]{{1,15}}_[0-9A-Za-z]{{{PUBLIC_LENGTH}}}_[0-9A-Za-z]{{4,}}")


class Fold(NamedTuple):
    """What equal requests have in common.

    `minute` counts from 1970; `reason` is None for those that were let in; `key_id` is None where no key is known.
    `secret` is the digest of the secret that was used, of keys that were rotated and of keys in an address only; it is
    counted apart.
    """

    minute: int
    key_id: int | None
    owner_id: int | None
    address: str | None
    method: str | None
    resource: str | None
    reason: str | None
    secret: bytes | None = None

    def coarser(self) -> "Fold":
        """Return the fold without what a flood can vary at will."""
        return self._replace(address=None, method=None, resource=None)


class AccessRow(NamedTuple):
    """A row to store, in the order of the columns; `fold` is the SHA-256 of the facts, as hex."""

    minute: int
    fold: str
    key_id: int | None
    owner_id: int | None
    address: str | None
    method: str | None
    resource: str | None
    reason: str | None
    calls: int


def access_rows(counts: Iterable[tuple[Fold, int]]) -> list[AccessRow]:
    """Return the rows to store."""
    return [_row(fold, calls) for fold, calls in counts]


def _row(fold: Fold, calls: int) -> AccessRow:
    method, resource = clean(fold.method), clean(fold.resource)
    facts = [*fold[1:4], method, resource, fold.reason]
    digest = hashlib.sha256(_as_json(facts).encode()).hexdigest()
    return AccessRow(
        fold.minute, digest, fold.key_id, fold.owner_id, fold.address, method, resource, fold.reason, calls
    )


def clean(text: str | None) -> str | None:
    """Take out what must not be stored: a token that someone put into a path, and what no database can hold."""
    if text is None or (text.isascii() and text.isprintable() and "_" not in text and "%" not in text):
        return text
    shown = "".join("\ufffd" if unicodedata.category(letter) in _HIDDEN else letter for letter in text)
    shown = _SECRET.sub("[API key]", shown)
    return "[API key]" if "%" in shown and _SECRET.search(unquote(shown)) else shown
