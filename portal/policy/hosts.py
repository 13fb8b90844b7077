"""Hosts of web pages, and the patterns that a key lists: `example.org`, `*.example.org`, `localhost:3000`."""

import re
from ipaddress import IPv6Address, ip_address
from typing import Any, NamedTuple

from portal.policy.invalid import InvalidRule

HOST_LIMIT = 260
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_LONGEST_NAME = 253
_LAST_PORT = 65535
_PASTED = re.compile(r"^https?://|/$", re.IGNORECASE)
# IDNA 2003 makes another name of these, browsers (IDNA 2008) do not: such a name is to be written as xn--….
_DEVIATING = set("\u00df\u03c2\u200c\u200d")


class Host(NamedTuple):
    """The host of a page, in lower case, and its port."""

    name: str
    port: int


class HostPattern(NamedTuple):
    """`*.` matches one label or more, never the bare domain. Without a port every port matches."""

    name: str
    is_wildcard: bool
    port: int | None

    @classmethod
    def of(cls, text: str) -> "HostPattern":
        """Return the pattern that a cleaned text spells."""
        name, port = _split_port(text)
        is_wildcard = name.startswith("*.")
        return cls(name[1:] if is_wildcard else name, is_wildcard, port)

    def matches(self, host: Host) -> bool:
        """Return whether a page of `host` is meant."""
        if self.port is not None and self.port != host.port:
            return False
        if self.is_wildcard:
            return host.name.endswith(self.name) and host.name != self.name
        return host.name == self.name

    def covers(self, other: "HostPattern") -> bool:
        """Return whether every host that `other` matches is matched here."""
        if self.port is not None and self.port != other.port:
            return False
        if self.is_wildcard:
            return other.name.endswith(self.name)
        return not other.is_wildcard and other.name == self.name


def clean_host(text: Any) -> str:
    """Return a host pattern as it is kept: lower case, ASCII (names of other scripts as `xn--…`), without a scheme.

    Raises:
        InvalidRule: host, host-too-wide for a wildcard right under a top-level domain, or host-deviating for a name
            that means another one to older software.

    """
    if not isinstance(text, str) or len(text) > HOST_LIMIT:
        raise InvalidRule("host", text)
    try:
        name, port = _split_port(_PASTED.sub("", text.strip()))
    except ValueError:
        raise InvalidRule("host", text) from None
    if port is not None and not 0 < port <= _LAST_PORT:
        raise InvalidRule("host", text)
    rest = name.removeprefix("*.")
    is_wildcard = rest != name
    rest = _clean_name(rest, text)
    if is_wildcard and ("." not in rest or _is_address(rest) or rest.rpartition(".")[2].isdigit()):
        raise InvalidRule("host-too-wide", text)
    return ("*." if is_wildcard else "") + rest + ("" if port is None else f":{port}")


def _split_port(text: str) -> tuple[str, int | None]:
    if text.endswith("]") or ":" not in text:
        return text, None
    name, _, port = text.rpartition(":")
    if not (port.isascii() and port.isdigit()):
        raise ValueError
    return name, int(port)


def _clean_name(name: str, text: str) -> str:
    if name.startswith("["):
        return _clean_ipv6(name, text)
    if set(name) & _DEVIATING:
        raise InvalidRule("host-deviating", text)
    try:
        ascii_name = name.removesuffix(".").encode("idna").decode().lower()
    except UnicodeError:
        raise InvalidRule("host", text) from None
    if len(ascii_name) > _LONGEST_NAME or not _NAME.fullmatch(ascii_name):
        raise InvalidRule("host", text)
    return ascii_name


def _clean_ipv6(name: str, text: str) -> str:
    try:
        return f"[{IPv6Address(name.removeprefix('[').removesuffix(']'))}]"
    except ValueError:
        raise InvalidRule("host", text) from None


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
