"""What people type or paste into a search field, made fit to be looked for, shown and logged."""

import unicodedata
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import request

from portal.client_ip import canonical_address
from portal.clock import EPOCH
from portal.keys.token import LOOSE_PATTERN

TYPED_LIMIT = 512
_HIDDEN = {"Cc", "Cf", "Cs"}


def without_secret(text: str) -> str:
    """Return `text` with a pasted token cut down to its public id: pages repeat what was searched for."""
    return LOOSE_PATTERN.sub(r"\1", text)


def typed(name: str) -> str:
    """Return what the request's address has for the field `name`: no secret, nothing that cannot be seen."""
    return seen(request.args.get(name, ""))[:TYPED_LIMIT]


def cleaned_url() -> str | None:
    """Return the request's own address without the secret that was pasted into it; None when it holds none."""
    fields = request.args.to_dict()
    is_clean = all(LOOSE_PATTERN.search(_visible(value)) is None for value in fields.values())
    clean = {name: seen(value) for name, value in fields.items()}
    return None if is_clean else f"{request.path}?{urlencode(clean)}"


def seen(text: str) -> str:
    """Return what was typed without what cannot be seen, and without a secret."""
    return without_secret(_visible(text)).strip()


def _visible(text: str) -> str:
    return "".join(letter for letter in text if unicodedata.category(letter) not in _HIDDEN)


def address_or_beginning(text: str) -> tuple[str | None, str | None]:
    """Return the address that `text` spells, or else what addresses begin with: `10.1.`, `10.1.*`, `10.1.0.0/16`."""
    if text.endswith("*"):
        return None, text.rstrip("*") or None
    first, slash, bits = text.partition("/")
    octets = first.split(".")
    if slash and bits in {"8", "16", "24"} and canonical_address(first) == first and len(octets) == 4:  # noqa: PLR2004
        return None, ".".join(octets[: int(bits) // 8]) + "."
    return (address, None) if (address := canonical_address(text)) else (None, text.lower() or None)


def equal_or_beginning(text: str) -> tuple[str | None, str | None]:
    """Return the text to be equal to, or what comes before its asterisk as the beginning."""
    return (None, text.rstrip("*") or None) if text.endswith("*") else (text or None, None)


def day(text: str) -> datetime | None:
    """Return the moment in UTC at which a day begins, `2026-11-21`.

    Raises:
        ValueError: the text is no day, or one before 1970, from when on times are kept.

    """
    begins = datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC) if text else None
    if begins is not None and begins < EPOCH:
        raise ValueError(text)
    return begins


def days(first: str, last: str, wrong: set[str]) -> tuple[datetime | None, datetime | None]:
    """Return where a span of days begins and ends, its last day counted in; adds `from` or `to` to `wrong`."""
    moments: dict[str, datetime | None] = {"from": None, "to": None}
    for name, text in (("from", first), ("to", last)):
        try:
            moments[name] = day(text)
        except ValueError:
            wrong.add(name)
    end = moments["to"]
    if end is not None and moments["from"] is not None and end < moments["from"]:
        wrong.add("to")
    try:
        return moments["from"], end and end + timedelta(days=1)
    except OverflowError:  # the last day of all
        return moments["from"], None


def filled(fields: Mapping[str, str], more: Iterable[tuple[str, Any]] = ()) -> dict[str, Any]:
    """Return the fields of a form that are not empty, and `more`, for an address."""
    return {**{name: text for name, text in fields.items() if text}, **dict(more)}
