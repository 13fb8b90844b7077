"""What the portal is asked: the key, what is known of the request, and what the app says that it needs."""

import json
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any, Literal, NamedTuple

TEXT_LIMIT = 512  # characters, as the portal has it


class Needs(NamedTuple):
    """What a request needs of a key: a resource, an access to data, or no more than that the key is alive.

    One that says none of them is open to keys whose list of resources narrows nothing.
    """

    resource: str | None = None
    access: Literal["read", "write"] | None = None
    any_key: bool = False


def question(key: str, environ: Mapping[str, Any], needs: Needs) -> bytes:
    """Return the body that asks about `key` and the request of this WSGI environ.

    Raises:
        ValueError: the app names an access that is none.

    """
    if needs.access not in {None, "read", "write"}:
        raise ValueError("Needs.access must be 'read', 'write' or None.")
    asked = {
        "key": key,
        "address": _address(environ.get("REMOTE_ADDR") or ""),
        "origin": _page(environ.get("HTTP_ORIGIN")),
        "referer": _page(environ.get("HTTP_REFERER")),
        "resource": _resource(needs.resource),
        "access": needs.access,
        "any_key": needs.any_key,
    }
    return json.dumps(asked).encode()


def _address(text: str) -> str | None:
    try:
        return str(ip_address(text.partition("%")[0]))  # a zone means nothing beyond its own link
    except ValueError:
        return None


def _resource(text: str | None) -> str | None:
    """Return a resource, or one that nothing opens where the portal would not take it."""
    return text if text is None or _is_fit(text) else ""


def _page(text: str | None) -> str | None:
    """Return the address of a page, its origin where it is long, and `null`, which nothing lets in, for the rest."""
    if not text or _is_fit(text):
        return text
    origin = "/".join(text.split("/", 3)[:3])
    return origin if _is_fit(origin) else "null"


def _is_fit(text: str) -> bool:
    return len(text) <= TEXT_LIMIT and not any(letter < " " or "\ud800" <= letter <= "\udfff" for letter in text)
