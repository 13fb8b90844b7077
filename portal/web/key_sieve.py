"""The fields by which keys are looked for, in an address, a form or a command, read into a sieve."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l

from portal import clock
from portal.keys.sieve import Address, Order, Sieve
from portal.keys.status import Status
from portal.keys.token import KIND_LETTERS
from portal.site.settings import DAY, MOST_DAYS
from portal.web.pasted import day

FIELDS = ("find", "owner", "status", "kind", "unused", "before", "address", "sort")


def read_sieve(fields: Mapping[str, str]) -> tuple[Sieve, dict[str, str]]:
    """Return what the fields look for, and a sentence for each that says nothing that can be looked for."""
    wrong: dict[str, str] = {}
    read = {name: _read(name, fields.get(name, ""), wrong) for name in _READERS}
    sieve = Sieve(
        find=fields.get("find", ""), owner=fields.get("owner", ""), order=_one_of(Order, fields.get("sort", "")),
        status=read["status"], kind=read["kind"], unused_since=read["unused"], ends_before=read["before"],
        address=read["address"],
    )  # fmt: skip
    return sieve, wrong


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
