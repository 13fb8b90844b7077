"""A JSON object that a program sends, read strictly: what two readers could take for different things is refused."""

import json
import re
from collections.abc import Collection, Iterable
from typing import Any

_NAME = re.compile(r"[A-Za-z_-]{1,32}")  # what cannot be a key, and so may be shown


class NotUnderstood(ValueError):
    """The body is not what is read here. `status` is 400 for what is no JSON object, 422 for a wrong field.

    `field` names the field that is wrong, where one can be named.
    """

    def __init__(self, status: int, detail: str, field: str | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.field = field


class Doubled(NotUnderstood):
    """A name stands twice in one object."""


def read_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object that `body` is, in UTF-8.

    Raises:
        NotUnderstood: `detail` is a sentence that never shows a value; `Doubled` for a name that stands twice.

    """
    try:
        read = json.loads(body.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_number)
    except NotUnderstood:
        raise
    except (ValueError, RecursionError):
        raise NotUnderstood(400, "The body is not JSON in UTF-8.") from None
    if not isinstance(read, dict):
        raise NotUnderstood(400, "The body is JSON, but not an object.")
    return read


def only_known(fields: Iterable[str], known: Collection[str]) -> None:
    """Refuse a field that is not one of `known`.

    Raises:
        NotUnderstood: 422.

    """
    for name in fields:
        if name not in known:
            shown = f"{name!r}" if showable(name) else "one of the names in it"
            detail = f"The field {shown} is not known here. Known are {', '.join(known)}."
            raise NotUnderstood(422, detail, showable(name))


def showable(name: str) -> str | None:
    """Return the name of a field, unless it could be a key that got into a wrong place."""
    return name if _NAME.fullmatch(name) else None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a name that stands twice: two readers could each take another one for true."""
    fields: dict[str, Any] = {}
    for name, value in pairs:
        if name in fields:
            raise Doubled(400, "The body names a field twice.", showable(name))
        fields[name] = value
    return fields


def _no_number(_text: str) -> None:
    raise ValueError
