"""Which paths a person may be sent on to after signing in: this site's own, and no other."""

import re
from urllib.parse import unquote

PATH_LIMIT = 2000

# Browsers drop tabs and line ends from addresses and read a backslash as a slash.
_TREACHEROUS = re.compile(r"[\x00-\x1f\x7f-\x9f\\\u2028\u2029]")
_OWN = re.compile(r"/(?!/)")


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
