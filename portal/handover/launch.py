"""The address at which a connected app is opened, and to which a one-time code is sent."""

from urllib.parse import urlencode, urlsplit

LAUNCH_LIMIT = 500
_LOCAL = {"localhost", "127.0.0.1", "::1"}


class InvalidLaunch(ValueError):
    """The text is no address for an app."""


def clean_launch(text: str) -> str:
    """Return the address as it is kept: https, or http on this machine; no user, no fragment (RFC 6749, section 3.1.2).

    Raises:
        InvalidLaunch: it is anything else.

    """
    try:
        parts = urlsplit(text)
        host, _port = parts.hostname or "", parts.port
    except ValueError as error:
        raise InvalidLaunch from error
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and host in _LOCAL)
    is_plain = text.isascii() and text.isprintable() and not set(text) & set(" \"'<>\\#;")
    if not (is_safe and is_plain and host and "@" not in parts.netloc and len(text) <= LAUNCH_LIMIT):
        raise InvalidLaunch
    return text


def origin_of(launch_url: str) -> str:
    """Return scheme, host and port of a clean address, as a content policy names them."""
    parts = urlsplit(launch_url)
    return f"{parts.scheme}://{parts.netloc}"


def with_code(launch_url: str, code: str, state: str | None) -> str:
    """Return the address with the code, and with the state that the app has sent, if it has."""
    query = urlencode({"code": code} if state is None else {"code": code, "state": state})
    return f"{launch_url}{'&' if urlsplit(launch_url).query else '?'}{query}"
