"""Writing a config file for one key."""

from datetime import datetime
from urllib.parse import urlsplit

from portal.downloads.formats import Format

PLACEHOLDER = "PASTE_THE_SECRET_HERE"
NOTE = (
    "The secret is not in this file: the portal keeps only its fingerprint. "
    f"Put the whole key in the place of the text that ends in {PLACEHOLDER}."
)


def render(
    wanted: Format, *, endpoint: str, public_id: str, name: str, expires_at: datetime | None, token: str | None = None
) -> bytes:
    """Return the file's content, in UTF-8; without a `token`, a file that says where to put it.

    `endpoint` is an http(s) address without a trailing slash.

    Raises:
        ValueError: there is no token, and the format has no place for a remark.

    """
    if token is None and wanted.note is None:
        raise ValueError(wanted.slug)
    values = {
        "token": token or f"{public_id}_{PLACEHOLDER}",
        "endpoint": endpoint,
        "root": f"{endpoint}/",
        "host": urlsplit(endpoint).hostname or "",
        "public_id": public_id,
        "name": name,
        "expires": expires_at.isoformat(timespec="seconds") if expires_at else "never",
    }
    quoted = {place: wanted.quote(value) for place, value in values.items()}
    note = wanted.note(NOTE) if wanted.note and token is None else ""
    return wanted.text.substitute(quoted, note=note).encode()
