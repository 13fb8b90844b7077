"""The address of the list of keys: what the person wants to see, read from it and written into it."""

from dataclasses import asdict
from enum import StrEnum
from typing import Any, TypeVar

from flask import request, url_for

from portal.keys.finder import Show, Sort, Wish
from portal.keys.models import Key
from portal.web.pasted import without_secret

TEXT_LIMIT = 128
PAGE_LIMIT = 1_000_000

Choice = TypeVar("Choice", bound=StrEnum)


def wish() -> Wish:
    """Read from the request's address what the person wants to see; nonsense counts as the default."""
    return Wish(
        show=_choice(Show, request.args.get("show"), Show.CURRENT),
        text=without_secret(request.args.get("q", "").strip()[:TEXT_LIMIT]),
        sort=_choice(Sort, request.args.get("sort"), Sort.CREATED_DOWN),
        page=_whole(request.args.get("page", "1")),
    )


def list_url(wanted: Wish, **changes: Any) -> str:
    """Return the address of the list for `wanted` with `changes`, leaving out what is the default."""
    return url_for("profile.credentials", **_asked(wanted, changes))


def row_url(endpoint: str, key: Key, wanted: Wish) -> str:
    """Return the address of an act on `key` that comes back to the list of `wanted`."""
    return url_for(endpoint, public_id=key.public_id, **_asked(wanted, {}))


def _asked(wanted: Wish, changes: dict[str, Any]) -> dict[str, Any]:
    names, default = {"text": "q"}, asdict(Wish())
    asked = asdict(wanted) | changes
    return {names.get(name, name): value for name, value in asked.items() if value != default.get(name)}


def _choice(kind: type[Choice], value: str | None, default: Choice) -> Choice:
    return kind(value) if value in list(kind) else default


def _whole(text: str) -> int:
    fits = text.isascii() and text.isdecimal() and len(text) < len(str(PAGE_LIMIT))
    return int(text) if fits else 1
