"""Calls over time: the spans that charts show, and the buckets of one, without gaps."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from portal.clock import from_milliseconds, to_milliseconds

HOUR_MS = 3_600_000
DAY_HOURS = 24


class Span(StrEnum):
    """A length of time up to now. `hours` is that of one bucket, which begins at a multiple of it, UTC."""

    hours: int
    size: int

    def __new__(cls, slug: str, hours: int, size: int) -> "Span":
        """Make a member that is its slug and knows its buckets."""
        member = str.__new__(cls, slug)
        member._value_ = slug
        member.hours, member.size = hours, size
        return member

    DAY = "24h", 1, 24
    WEEK = "7d", 6, 28
    MONTH = "30d", 24, 30

    def first(self, moment: datetime) -> int:
        """Return the first bucket of the span that ends with `moment`, in units of its buckets since 1970."""
        return hour_of(moment) // self.hours - self.size + 1


@dataclass(frozen=True, slots=True)
class Bucket:
    """What was called from `begins` to `ends`: let in, and refused."""

    begins: datetime
    ends: datetime
    calls: int
    refused: int


@dataclass(frozen=True, slots=True)
class Series:
    """The buckets of a span, oldest first."""

    span: Span
    buckets: tuple[Bucket, ...]

    @classmethod
    def of(cls, span: Span, moment: datetime, sums: Mapping[int, tuple[int, int]]) -> "Series":
        """Return the span that ends with `moment`, of the sums by number of bucket; what is not among them is none."""
        first = span.first(moment)
        return cls(span, tuple(_bucket(span, n, *sums.get(n, (0, 0))) for n in range(first, first + span.size)))

    @property
    def calls(self) -> int:
        """How many were let in."""
        return sum(bucket.calls for bucket in self.buckets)

    @property
    def refused(self) -> int:
        """How many were refused."""
        return sum(bucket.refused for bucket in self.buckets)


def _bucket(span: Span, number: int, calls: int, refused: int) -> Bucket:
    begins = from_milliseconds(number * span.hours * HOUR_MS)
    return Bucket(begins, begins + timedelta(hours=span.hours), calls, refused)


def hour_of(moment: datetime) -> int:
    """Return the hour of a moment, counted from 1970."""
    return to_milliseconds(moment) // HOUR_MS


def day_of(moment: datetime) -> int:
    """Return the day of a moment, counted from 1970, UTC."""
    return hour_of(moment) // DAY_HOURS
