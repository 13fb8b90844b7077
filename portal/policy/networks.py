"""The rule that says from which addresses a key may be used."""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

from portal.policy.facts import Facts
from portal.policy.invalid import InvalidRule
from portal.policy.reasons import Reason

NETWORKS_LIMIT = 100
_LONGEST = 64
_MAPPED = IPv6Network("::ffff:0:0/96")

Network = IPv4Network | IPv6Network


@dataclass(frozen=True)
class Networks:
    """Allows the addresses of its networks, in CIDR notation; without networks every address."""

    cidrs: tuple[str, ...] = ()

    @classmethod
    def read(cls, plain: Any) -> "Networks":
        """Return the rule of these addresses and networks, each once; bits beyond a prefix are dropped.

        Raises:
            InvalidRule: network (one is malformed, `text`), networks-too-many, or networks for no list.

        """
        if not isinstance(plain, list | tuple):
            raise InvalidRule("networks", plain)
        cidrs = tuple(dict.fromkeys(map(clean_network, plain)))
        if len(cidrs) > NETWORKS_LIMIT:
            raise InvalidRule("networks-too-many", len(cidrs))
        return cls(cidrs)

    def plain(self) -> list[str]:
        """Return the rule as JSON has it."""
        return list(self.cidrs)

    def judge(self, facts: Facts) -> Reason | None:
        """Refuse an address outside, and a request whose address is not known."""
        if not self.cidrs:
            return None
        found = None if facts.address is None else _number(facts.address)
        if found is not None:
            version, number = found
            for its_version, shift, beginning in self._ranges:
                if its_version == version and number >> shift == beginning:
                    return None
        return Reason.ADDRESS_NOT_ALLOWED

    def covers(self, other: "Networks") -> bool:
        """Return whether each network of `other` lies in one of these."""
        if not self.cidrs:
            return True
        mine, others = list(map(ip_network, self.cidrs)), list(map(ip_network, other.cidrs))
        return bool(others) and all(any(_lies_in(theirs, network) for network in mine) for theirs in others)

    @cached_property
    def _ranges(self) -> tuple[tuple[int, int, int], ...]:
        networks = map(ip_network, self.cidrs)
        return tuple(
            (net.version, shift := net.max_prefixlen - net.prefixlen, int(net[0]) >> shift) for net in networks
        )


def clean_network(text: Any) -> str:
    """Return an address or a network in CIDR notation as it is kept; IPv4 that is written as IPv6 becomes IPv4.

    Raises:
        InvalidRule: network.

    """
    if not isinstance(text, str) or len(text) > _LONGEST or "%" in text:
        raise InvalidRule("network", text)
    try:
        network = ip_network(text.strip(), strict=False)
    except ValueError:
        raise InvalidRule("network", text) from None
    if isinstance(network, IPv6Network) and network.subnet_of(_MAPPED):
        network = IPv4Network((int(network[0]) & 0xFFFFFFFF, network.prefixlen - _MAPPED.prefixlen))
    return str(network)


def _lies_in(network: Network, other: Network) -> bool:
    return network.version == other.version and network.subnet_of(other)  # type: ignore[arg-type]  # of one version


@lru_cache(maxsize=4096)
def _number(address: str) -> tuple[int, int] | None:
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    return parsed.version, int(parsed)
