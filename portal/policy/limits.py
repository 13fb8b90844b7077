"""The rules that say how often a key may be used: a rate, `100/minute`, and a quota, `10000/day`.

A rate holds in every span of its period, whenever that begins; a quota in a calendar day or month, UTC. Counting is not
done here: see `verification/limiter`, and docs/limits.md for what is promised.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from portal.policy.invalid import InvalidRule

COUNT_LIMIT = 1_000_000_000
PERIODS: Mapping[str, int] = {"second": 1, "minute": 60, "hour": 3600}  # in seconds
WINDOWS = ("day", "month")

_WRITTEN = re.compile(r"\s*0*([1-9][0-9]{0,9})\s*/\s*([a-z]{1,10})\s*", re.IGNORECASE | re.ASCII)
_COUNT = re.compile(r"\s*0*[1-9][0-9]{0,9}\s*", re.ASCII)
_LONGEST = 64
_DAY_MS = 86_400_000
_MOST_DAYS = 31


class Window(NamedTuple):
    """A calendar day, `2026-11-21`, or month, `2026-11`: its end, in milliseconds since 1970, and its length."""

    name: str
    ends_ms: int
    seconds: int


class LimitState(NamedTuple):
    """What is left of a limit after a request.

    No more than `remaining` requests can pass within the next `reset_seconds`; after them there is room for more.
    """

    name: str
    limit: int
    window_seconds: int
    remaining: int
    reset_seconds: int


@dataclass(frozen=True)
class Rate:
    """At most `count` requests in any second, minute or hour."""

    count: int
    period: str

    @classmethod
    def read(cls, plain: Any) -> "Rate":
        """Return the rate that a text such as `100/minute` spells; spaces and upper case are forgiven.

        Raises:
            InvalidRule: rate.

        """
        return cls(*_read("rate", plain, PERIODS))

    def plain(self) -> str:
        """Return the rate as JSON has it."""
        return f"{self.count}/{self.period}"

    @cached_property
    def seconds(self) -> int:
        """The length of the period."""
        return PERIODS[self.period]

    def covers(self, other: "Rate") -> bool:
        """Return whether whatever may pass under `other` may pass here: its worst burst, again and again."""
        return other.count * max(self.seconds // other.seconds, 1) <= self.count


@dataclass(frozen=True)
class Quota:
    """At most `count` requests on a calendar day or in a calendar month, UTC."""

    count: int
    window: str

    @classmethod
    def read(cls, plain: Any) -> "Quota":
        """Return the quota that a text such as `10000/day` spells; spaces and upper case are forgiven.

        Raises:
            InvalidRule: quota.

        """
        return cls(*_read("quota", plain, WINDOWS))

    def plain(self) -> str:
        """Return the quota as JSON has it."""
        return f"{self.count}/{self.window}"

    def window_at(self, now_ms: int) -> Window:
        """Return the window that `now_ms`, milliseconds since 1970, lies in."""
        return _window(self.window, now_ms // _DAY_MS)

    def covers(self, other: "Quota") -> bool:
        """Return whether whatever may pass under `other` may pass here: on each day of the longest month."""
        days = _MOST_DAYS if (self.window, other.window) == ("month", "day") else 1
        return other.count * days <= self.count


def is_count(text: str) -> bool:
    """Return whether a text spells a number that a limit may have, from 1 to `COUNT_LIMIT`."""
    return _COUNT.fullmatch(text) is not None and int(text) <= COUNT_LIMIT


def _read(reason: str, plain: Any, units: Mapping[str, int] | tuple[str, ...]) -> tuple[int, str]:
    written = _WRITTEN.fullmatch(plain) if isinstance(plain, str) and len(plain) <= _LONGEST else None
    if written is None:
        raise InvalidRule(reason, plain)
    count, unit = int(written[1]), written[2].lower()
    if count > COUNT_LIMIT or unit not in units:
        raise InvalidRule(reason, plain)
    return count, unit


@lru_cache(maxsize=16)
def _window(window: str, day_number: int) -> Window:
    day = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day_number)
    first = day if window == "day" else day.replace(day=1)
    days = 1 if window == "day" else ((first + timedelta(days=_MOST_DAYS)).replace(day=1) - first).days
    name = first.strftime("%Y-%m-%d" if window == "day" else "%Y-%m")
    ends_ms = (day_number - (day - first).days + days) * _DAY_MS
    return Window(name, ends_ms, days * _DAY_MS // 1000)
