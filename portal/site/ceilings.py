"""What the site allows, as the frozen value that the rules read."""

from dataclasses import dataclass
from datetime import datetime, timedelta

DAY = timedelta(days=1)
PRESET_DAYS = (7, 30, 60, 90, 180, 365)


@dataclass(frozen=True, slots=True)
class Ceilings:
    """How long a key may live, in days."""

    default_days: int = 90
    longest_days: int = 366

    def longest(self, moment: datetime) -> datetime:
        """Return the last moment at which a key made at `moment` may end: the end of that day, UTC."""
        return end_of_day(moment + self.longest_days * DAY)

    def presets(self) -> tuple[int, ...]:
        """Return the lifetimes to offer, in days, none longer than the site allows."""
        return tuple(days for days in PRESET_DAYS if days <= self.longest_days)


def end_of_day(moment: datetime) -> datetime:
    """Return 23:59:59 UTC of the day of `moment`: a key works on the whole of its last day."""
    return moment.replace(hour=23, minute=59, second=59, microsecond=0)
