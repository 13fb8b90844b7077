"""Writing a config file for one key."""

from datetime import datetime
from urllib.parse import urlsplit

from portal.downloads.formats import Format


def render(
    wanted: Format, *, token: str, endpoint: str, public_id: str, name: str, expires_at: datetime | None
) -> bytes:
    """Return the file's content, in UTF-8. `endpoint` is an http(s) address without a trailing slash."""
    values = {
        "token": token,
        "endpoint": endpoint,
        "root": f"{endpoint}/",
        "host": urlsplit(endpoint).hostname or "",
        "public_id": public_id,
        "name": name,
        "expires": expires_at.isoformat(timespec="seconds") if expires_at else "never",
    }
    return wanted.text.substitute({place: wanted.quote(value) for place, value in values.items()}).encode()
