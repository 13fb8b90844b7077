"""What the API holds beside algorithms and people's data: collections, queries over them, and environments. Pure.

Each is known as `owner/name`, the two parts of its resource's URI.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from examples.research_api.algorithms import WrongInput

_TIDES = (
    ("Aberdeen", "2026-03-21T01:42Z", 4.31), ("Brest", "2026-03-21T04:55Z", 7.12),
    ("Cuxhaven", "2026-03-21T12:18Z", 3.64), ("Saint-Malo", "2026-03-21T07:03Z", 12.47),
)  # fmt: skip

COLLECTIONS: dict[str, list[dict[str, Any]]] = {
    "harbour/tides": [{"port": port, "high_water": at, "metres": metres} for port, at, metres in _TIDES],
}
ENVIRONMENTS: dict[str, dict[str, Any]] = {
    "demo/sandbox": {
        "name": "sandbox", "service": "compute", "instances": [{"id": "i-1", "name": "notebook", "state": "Running"}],
    },
}  # fmt: skip


class Query(NamedTuple):
    """A question to a collection, with an example of what it takes."""

    about: str
    example: Any
    run: Callable[[Any], list[dict[str, Any]]]


def highest_tides(value: Any) -> list[dict[str, Any]]:
    """Return the tides of at least so many metres, the highest first."""
    least = value.get("metres", 0) if isinstance(value, dict) else None
    if isinstance(least, bool) or not isinstance(least, int | float):
        raise WrongInput('Send an object with a number as its "metres".')
    return sorted(
        (tide for tide in COLLECTIONS["harbour/tides"] if tide["metres"] >= least), key=lambda tide: -tide["metres"]
    )


QUERIES = {
    "harbour/highest-tides": Query(
        "The tides of at least so many metres, the highest first.", {"metres": 5}, highest_tides
    )
}
