"""What the requests of one flush add up to: calls by the hour, the last refusals, and where keys were used from."""

from collections import defaultdict
from functools import lru_cache
from ipaddress import ip_network
from typing import NamedTuple

from portal.usage.fold import MINUTE_MS, AccessRow

SITE = 0  # in the place of a key's number: all requests, also those without a known key
MOST_REFUSALS = 50
MOST_PLACES = 100
MINUTES = 60


class RefusalRow(NamedTuple):
    """Equal refusals of a key, with the moment of the last one in milliseconds since 1970."""

    key_id: int
    fold: str
    at: int
    reason: str
    address: str | None
    method: str | None
    resource: str | None
    calls: int


class PlaceRow(NamedTuple):
    """An address or a network from which a key was used; first and last in milliseconds, to the minute."""

    key_id: int
    place: str
    first_at: int
    last_at: int


class Tally:
    """Adds up the rows of one flush."""

    def __init__(self) -> None:
        self._hours: dict[tuple[int, int], tuple[int, int]] = {}
        self._refusals: dict[int, dict[str, RefusalRow]] = defaultdict(dict)
        self._addresses: dict[tuple[int, str], PlaceRow] = {}
        self._networks: dict[tuple[int, str], PlaceRow] = {}

    def add(self, row: AccessRow, refused_at: int | None = None) -> None:
        """Add the requests of one access row; `refused_at` is the moment of the last, known of refused ones."""
        for key_id in {SITE, row.key_id or SITE}:
            self._count(key_id, row)
        if row.key_id is None:
            return
        if row.reason is not None:
            self._refuse(row.key_id, row, row.reason, refused_at or row.minute * MINUTE_MS)
        elif row.address is not None:
            _see(self._addresses, row.key_id, row.address, row.minute)
            _see(self._networks, row.key_id, network_of(row.address), row.minute)

    def hours(self) -> list[tuple[int, int, int, int]]:
        """Return key, hour since 1970, calls let in and calls refused; the whole site is among them, as key 0."""
        return [(*which, *sums) for which, sums in sorted(self._hours.items())]

    def refusals(self) -> list[RefusalRow]:
        """Return the newest refusals of each key, no more than are kept of one."""
        each = (sorted(of_key.values(), key=lambda row: row.at) for _, of_key in sorted(self._refusals.items()))
        return [row for of_key in each for row in of_key[-MOST_REFUSALS:]]

    def addresses(self) -> list[PlaceRow]:
        """Return from which addresses each key was let in."""
        return [place for _, place in sorted(self._addresses.items())]

    def networks(self) -> list[PlaceRow]:
        """Return from which networks each key was let in."""
        return [place for _, place in sorted(self._networks.items())]

    def _count(self, key_id: int, row: AccessRow) -> None:
        which = (key_id, row.minute // MINUTES)
        calls, refused = self._hours.get(which, (0, 0))
        let_in = row.calls if row.reason is None else 0
        self._hours[which] = (calls + let_in, refused + row.calls - let_in)

    def _refuse(self, key_id: int, row: AccessRow, reason: str, at: int) -> None:
        known = self._refusals[key_id]
        before = known.get(row.fold)
        calls = row.calls + (before.calls if before else 0)
        at = max(at, before.at if before else 0)
        known[row.fold] = RefusalRow(key_id, row.fold, at, reason, row.address, row.method, row.resource, calls)


def _see(known: dict[tuple[int, str], PlaceRow], key_id: int, place: str, minute: int) -> None:
    at = minute * MINUTE_MS
    before = known.get((key_id, place))
    first, last = (min(at, before.first_at), max(at, before.last_at)) if before else (at, at)
    known[key_id, place] = PlaceRow(key_id, place, first, last)


@lru_cache(maxsize=10_000)
def network_of(address: str) -> str:
    """Return the network that counts as one place: the /24 of an IPv4 address, the /48 of an IPv6 one."""
    try:
        return str(ip_network(f"{address}/{48 if ':' in address else 24}", strict=False))
    except ValueError:
        return address
