"""Where in a long list a request is: `before` or `after` a row, or at its `end`. See portal/keyset.py."""

from collections.abc import Callable

from flask import request

from portal.keyset import Mark, Place

_MOST_DIGITS = 18  # below 2^63


def place(read: Callable[[str], Mark | None]) -> Place:
    """Return the place that the address of the request names; `read` makes a mark of a text. Nonsense is the start."""
    for name, is_newer in (("before", False), ("after", True)):
        mark = read(request.args.get(name, ""))
        if mark is not None:
            return Place(mark, is_newer)
    return Place(is_newer="end" in request.args)


def number(text: str) -> Mark | None:
    """Return the mark that is a whole number."""
    return (int(text),) if text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS else None
