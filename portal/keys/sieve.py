"""What an admin looks for among all keys on the server, and in which order."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from ipaddress import IPv4Network, ip_address, ip_network
from itertools import pairwise

from portal.keys.status import Status

_HALF = 16  # bits of one group of an IPv6 address
_OCTET = 8


class Order(StrEnum):
    """The column that orders the list; a leading minus turns it round."""

    CREATED = "created"
    CREATED_DOWN = "-created"
    NAME = "name"
    NAME_DOWN = "-name"
    OWNER = "owner"
    OWNER_DOWN = "-owner"
    USED = "used"
    USED_DOWN = "-used"
    EXPIRES = "expires"
    EXPIRES_DOWN = "-expires"

    @property
    def column(self) -> str:
        """The column without its direction."""
        return self.removeprefix("-")

    @property
    def is_down(self) -> bool:
        """Whether the greatest comes first."""
        return self.startswith("-")


@dataclass(frozen=True, slots=True)
class Address:
    """An address, or how the addresses of a network begin."""

    text: str
    is_whole: bool

    @classmethod
    def read(cls, text: str) -> "Address | None":
        """Return what `text` stands for: an address, the beginning of one, or a network; None when it is none of them.

        A network must end where a part of the written address ends: /8, /16 or /24; of IPv6 /16, /32, /48 or /64.
        """
        try:
            return cls(str(ip_address(text)), is_whole=True)
        except ValueError:
            pass
        if "/" in text:
            return cls._of_network(text)
        is_beginning = bool(text) and set(text.lower()) <= set("0123456789abcdef.:")
        return cls(text.lower(), is_whole=False) if is_beginning else None

    @classmethod
    def _of_network(cls, text: str) -> "Address | None":
        try:
            network = ip_network(text, strict=False)
        except ValueError:
            return None
        if network.prefixlen == network.max_prefixlen:
            return cls(str(network[0]), is_whole=True)
        step, mark = (_OCTET, ".") if isinstance(network, IPv4Network) else (_HALF, ":")
        parts, rest = divmod(network.prefixlen, step)
        groups = [group.lstrip("0") or "0" for group in network[0].exploded.split(mark)[:parts]]
        if rest or not groups or (mark == ":" and ("0", "0") in pairwise(groups)):
            return None  # two empty groups may be written as `::`, so the beginning would not tell
        return cls(mark.join(groups) + mark, is_whole=False)


@dataclass(frozen=True, slots=True)
class Sieve:
    """Which keys to list; what is None or empty lets every key through.

    `find` is the beginning of a public id or of a name; `owner` is an e-mail or, where nobody has it, the beginning of
    some. A key is unused since its last use, or since it was made. Session keys are listed only when that kind is
    asked for, deleted ones never.
    """

    find: str = ""
    owner: str = ""
    status: Status | None = None
    kind: str | None = None
    unused_since: datetime | None = None
    ends_before: datetime | None = None
    address: Address | None = None
    order: Order | None = None

    @property
    def ordering(self) -> Order:
        """The order that was chosen, or the one in which what is looked for lies together."""
        if self.order is not None:
            return self.order
        if self.status is Status.EXPIRES_SOON:
            return Order.EXPIRES
        if self.status is Status.EXPIRED or self.ends_before is not None:
            return Order.EXPIRES_DOWN
        return Order.USED_DOWN if self.unused_since is not None else Order.CREATED_DOWN
