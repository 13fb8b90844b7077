"""Addresses that come from outside, and which paths a person may be sent on to: this site's own, and no other."""

import re
from urllib.parse import SplitResult, unquote, urlsplit

PATH_LIMIT = 2000

# Browsers drop tabs and line ends from addresses and read a backslash as a slash.
_TREACHEROUS = re.compile(r"[\x00-\x1f\x7f-\x9f\\\u2028\u2029]")
_OWN = re.compile(r"/(?!/)")
_NOWHERE = SplitResult("", "", "", "", "")


def split(address: str | None) -> SplitResult:
    """Return the parts of `address`, any string; all of them are empty when it is no address."""
    try:
        return urlsplit(address or "")
    except ValueError:  # a bracket that is not closed, say
        return _NOWHERE


def safe_next(value: str | None) -> str | None:
    """Return `value` when it is a path on this site, else None.

    It is judged as it stands and once more decoded, because some step on the way may decode it.
    """
    if not value or len(value) > PATH_LIMIT:
        return None
    forms = (value, unquote(value))
    if any(_TREACHEROUS.search(form) or not _OWN.match(form) for form in forms):
        return None
    return value
