"""The protected API's address: whether keys sent to it can be read on the way."""

from ipaddress import ip_address
from urllib.parse import urlsplit

# Names that never leave a private net: RFC 6761, RFC 6762, RFC 8375 and ICANN's `internal`.
_PRIVATE_SUFFIXES = (".localhost", ".local", ".home.arpa", ".internal", ".test", ".lan")


def is_exposed(url: str) -> bool:
    """Return whether `url` is plain http on a public address, so that anyone on the way can read the keys."""
    parts = urlsplit(url)
    return parts.scheme == "http" and not _is_private(parts.hostname or "")


def _is_private(host: str) -> bool:
    try:
        return not ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith(_PRIVATE_SUFFIXES)
