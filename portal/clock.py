"""The one place where time is read."""

import time
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return datetime.now(UTC)


def now_ms() -> int:
    """Return the present moment in whole milliseconds since 1970-01-01 UTC: where every microsecond counts."""
    return time.time_ns() // 1_000_000


def to_milliseconds(moment: datetime) -> int:
    """Return whole milliseconds since 1970-01-01 UTC, the form in which every table keeps time."""
    return (moment - EPOCH) // timedelta(milliseconds=1)


def from_milliseconds(milliseconds: int) -> datetime:
    """Return the aware moment that `milliseconds` since 1970-01-01 UTC stands for."""
    return EPOCH + timedelta(milliseconds=milliseconds)
