"""The address of the list of every key: what an admin looks for, read from it and written into it."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import url_for

from portal.keys.listing import Turn
from portal.keys.sieve import Sieve
from portal.keys.walks import walk_of
from portal.web.key_sieve import FIELDS, read_sieve
from portal.web.pasted import seen

FIELD_LIMIT = 254
PLACE_LIMIT = 2048


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for: as it was typed, as it is looked for, and a sentence for each field that says nothing.

    Where a sentence stands nothing is listed: nobody shall act on more keys than they mean.
    """

    typed: dict[str, str]
    sieve: Sieve
    turn: Turn | None = None
    wrong: dict[str, str] = field(default_factory=dict)

    @property
    def filtered(self) -> bool:
        """Whether anything is looked for."""
        return any(text for name, text in self.typed.items() if name != "sort")

    def url(self, endpoint: str = "admin.keys", turn: Turn | None = None, **changes: str) -> str:
        """Return the address for the same with `changes`, at `turn`, the first page without."""
        asked: dict[str, Any] = {name: text for name, text in (self.typed | changes).items() if text}
        if turn is not None and turn.place is not None:
            asked["at"] = urlsafe_b64encode(json.dumps(turn.place).encode()).decode().rstrip("=")
        if turn is not None and turn.back:
            asked["back"] = "1"
        return url_for(endpoint, **asked)


def asked(fields: Mapping[str, str]) -> Asked:
    """Read the fields of an address or of a form."""
    typed = {name: seen(fields.get(name, ""))[:FIELD_LIMIT] for name in FIELDS}
    sieve, wrong = read_sieve(typed)
    return Asked(typed, sieve, _turn(sieve, fields), wrong)


def _turn(sieve: Sieve, fields: Mapping[str, str]) -> Turn | None:
    """Return where the page begins; nonsense is the first one."""
    text, back = fields.get("at", ""), fields.get("back") == "1"
    if not text:
        return Turn(None, back)
    try:
        values = json.loads(urlsafe_b64decode(text[:PLACE_LIMIT] + "=" * (-len(text) % 4)))
    except (NotBase64, ValueError, RecursionError):
        return None
    place = walk_of(sieve.ordering).place(values)
    return None if place is None else Turn(place, back)
