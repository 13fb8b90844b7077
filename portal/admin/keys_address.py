"""The address of the list of every key: what an admin looks for, read from it and written into it."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import lazy_gettext as _l

from portal import clock
from portal.keys.listing import Turn
from portal.keys.sieve import Address, Order, Sieve
from portal.keys.status import Status
from portal.keys.token import KIND_LETTERS
from portal.keys.walks import walk_of
from portal.site.settings import DAY, MOST_DAYS
from portal.web.pasted import day, seen

FIELDS = ("find", "owner", "status", "kind", "unused", "before", "address", "sort")
TEXT_LIMIT = 254
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
    typed = {name: seen(fields.get(name, ""))[:TEXT_LIMIT] for name in FIELDS}
    wrong: dict[str, str] = {}
    read = {name: _read(name, typed[name], wrong) for name in _READERS}
    sieve = Sieve(
        find=typed["find"], owner=typed["owner"], order=_one_of(Order, typed["sort"]), status=read["status"],
        kind=read["kind"], unused_since=read["unused"], ends_before=read["before"], address=read["address"],
    )  # fmt: skip
    return Asked(typed, sieve, _turn(sieve, fields), wrong)


def _read(name: str, text: str, wrong: dict[str, str]) -> Any:
    """Return what the text of a field stands for; where it is nothing, add the sentence that says so to `wrong`."""
    if not text:
        return None
    read, sentence = _READERS[name]
    try:
        return read(text)
    except ValueError:
        wrong[name] = str(sentence) % {"text": text}
        return None


def _one_of(kind: Any, text: str) -> Any:
    return kind(text) if text in list(kind) else None


def _kind(text: str) -> str:
    if text not in KIND_LETTERS:
        raise ValueError(text)
    return text


def _since(text: str) -> datetime:
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(MOST_DAYS))):
        raise ValueError(text)
    return clock.now() - int(text) * DAY


def _address(text: str) -> Address:
    address = Address.read(text)
    if address is None:
        raise ValueError(text)
    return address


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


_READERS: dict[str, tuple[Callable[[str], Any], Any]] = {
    "status": (Status, _l("There is no status %(text)s.")),
    "kind": (_kind, _l("There is no kind of key named %(text)s.")),
    "unused": (_since, _l("%(text)s is not a number of days.")),
    "before": (day, _l("%(text)s is not a day: write one as 2030-12-31.")),
    "address": (_address, _l(
        "%(text)s is not an address, the beginning of one, or a network that ends where a part of it ends: "
        "/8, /16, /24 or, of IPv6, /16, /32, /48, /64."
    )),
}  # fmt: skip
