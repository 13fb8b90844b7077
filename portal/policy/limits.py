"""Stub."""

from dataclasses import dataclass
from typing import Any, NamedTuple


class LimitState(NamedTuple):
    name: str


@dataclass(frozen=True)
class Rate:
    count: int
    period: str

    @classmethod
    def read(cls, plain: Any) -> "Rate":
        count, _, period = plain.partition("/")
        return cls(int(count), period)

    def plain(self) -> str:
        return f"{self.count}/{self.period}"

    def covers(self, other: "Rate") -> bool:
        return self.count >= other.count


class Quota(Rate):
    pass
