"""The arithmetic: many things by turns, A B C A B C, so that what the machine does meanwhile falls on all of them."""

import statistics
from collections.abc import Callable, Mapping
from typing import NamedTuple

from script.benches.verify_wrk import Failed, Sample

Taken = Mapping[str, list[Sample | None]]


class Range(NamedTuple):
    """The median of some numbers, the least and the greatest."""

    median: float
    least: float
    greatest: float


def take(
    entries: Mapping[str, Callable[[], Sample]], rounds: int, tell: Callable[[str], None]
) -> tuple[dict[str, list[Sample | None]], dict[str, str]]:
    """Measure each entry once in each round. One that fails is left out from there on: what it said comes second."""
    samples: dict[str, list[Sample | None]] = {name: [] for name in entries}
    failed: dict[str, str] = {}
    for number in range(rounds if entries else 0):
        tell(f"round {number + 1} of {rounds}")
        for name, measure in entries.items():
            if name in failed:
                continue
            try:
                samples[name].append(measure())
            except (Failed, OSError, RuntimeError) as error:
                failed[name] = f"{error}"
                tell(f"{name} failed: {error}")
    return samples, failed


def ratio(samples: Taken, one: str, other: str, of: Callable[[Sample], float] = lambda sample: sample.rate) -> Range:
    """Return how one compares with the other within each round.

    Raises:
        Failed: one of them has not been measured in every round.

    """
    pairs = list(zip(_whole(samples, one), _whole(samples, other), strict=True))
    return spread([of(mine) / of(theirs) for mine, theirs in pairs])


def spread(numbers: list[float]) -> Range:
    """Return the range of the numbers."""
    return Range(statistics.median(numbers), min(numbers), max(numbers))


def over(samples: Taken, name: str, of: Callable[[Sample], float]) -> Range:
    """Return the range of what `of` says of an entry; raises as `ratio` does."""
    return spread([of(sample) for sample in _whole(samples, name)])


def _whole(samples: Taken, name: str) -> list[Sample]:
    rounds = max(map(len, samples.values()), default=0)
    found = [sample for sample in samples.get(name, []) if sample is not None]
    if not found or len(found) < rounds:
        raise Failed(f"{name} was not measured in every round")
    return found
