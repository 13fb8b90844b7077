"""The address that a request came from. A forwarded header is believed only from a proxy that the settings trust."""

import re
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_LONGEST = 64
_LONGEST_CHAIN = 256  # characters of X-Forwarded-For; a longer one is read anew each time
_WITH_PORT = re.compile(r"\[(?P<v6>[^]]*)\](?::\d+)?|(?P<v4>[0-9.]+):\d+")


class Proxies(tuple[Network, ...]):
    """Networks of trusted proxies, for whoever asks about them on each request: what they answer is remembered."""

    __slots__ = ()

    def __hash__(self) -> int:
        return id(self)  # the hash of a network takes longer than all the rest of the question

    def __eq__(self, other: object) -> bool:
        return self is other


def client_address(peer: str | None, forwarded_for: str | None, trusted: Sequence[Network]) -> str | None:
    """Return the client's canonical address, or None when it cannot be known.

    `peer` is the other end of the connection, `forwarded_for` the `X-Forwarded-For` header. It is read from the right,
    because only what a trusted proxy wrote itself is true: the answer is the first address that is not such a proxy.
    Where a trusted proxy passes on garbage or nothing, nothing is known: a client must not be taken for the proxy.
    """
    if not trusted or forwarded_for is None:
        return canonical_address(peer or "")
    if not forwarded_for:  # one with a byte beyond ASCII arrives empty, and so does what the proxy wrote behind it
        return None if peer_is_trusted(peer, trusted) else canonical_address(peer or "")
    if not isinstance(trusted, Proxies) or len(forwarded_for) > _LONGEST_CHAIN:
        return _first_stranger(peer or "", forwarded_for, trusted)
    return _known_stranger(peer or "", forwarded_for, trusted)


def _first_stranger(peer: str, forwarded_for: str, trusted: Sequence[Network]) -> str | None:
    address = _parse(peer)
    if address is None:
        return None
    for entry in reversed(forwarded_for.split(",")):
        if not _trusts(trusted, address):
            break
        earlier = _parse(entry.strip())
        if earlier is None:
            return None
        address = earlier
    return _text(address)


def peer_is_trusted(peer: str | None, trusted: Sequence[Network]) -> bool:
    """Return whether the other end of the connection is a proxy whose forwarded headers are believed."""
    if not trusted or not peer:
        return False
    return _is_known(peer, trusted) if isinstance(trusted, Proxies) else _is_one_of(peer, trusted)


def _is_one_of(peer: str, trusted: Sequence[Network]) -> bool:
    address = _parse(peer)
    return address is not None and _trusts(trusted, address)


_known_stranger = lru_cache(maxsize=4096)(_first_stranger)
_is_known = lru_cache(maxsize=4096)(_is_one_of)


def canonical_address(text: str) -> str | None:
    """Return the canonical form of an IPv4 or IPv6 address, an IPv4-mapped one as IPv4; None when it is none."""
    return _canonical_short(text) if len(text) <= _LONGEST else None


@lru_cache(maxsize=4096)
def _canonical_short(text: str) -> str | None:
    return _text(_parse_short(text))


@lru_cache(maxsize=4096)
def bucket_of(address: str) -> str:
    """Return what a canonical address is counted with: itself, or the /64 of an IPv6 address, as one customer has."""
    if ":" not in address:
        return address
    return f"{IPv6Address(int(IPv6Address(address)) >> 64 << 64)}/64"


def _trusts(trusted: Sequence[Network], address: Address) -> bool:
    return any(address in network for network in trusted)


def _parse(text: str) -> Address | None:
    return _parse_short(text) if len(text) <= _LONGEST else None


@lru_cache(maxsize=4096)
def _parse_short(text: str) -> Address | None:
    if (match := _WITH_PORT.fullmatch(text)) is not None:
        text = match["v6"] or match["v4"] or ""
    try:
        address = ip_address(text.partition("%")[0])  # a zone means nothing beyond its own link
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _text(address: Address | None) -> str | None:
    return None if address is None else str(address)
