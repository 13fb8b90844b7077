"""For how long the old secret of a rotated key may be asked to work on, as shell and management API spell it."""

from datetime import UTC, date, datetime, time, timedelta

from portal.site.settings import end_of_day

OVERLAPS: dict[str, timedelta | None] = {
    "now": None, "1h": timedelta(hours=1), "24h": timedelta(hours=24), "7d": timedelta(days=7),
}  # fmt: skip
_DAY = len("2026-11-21")


def overlap_ends(overlap: str, moment: datetime) -> datetime | None:
    """Return when the old secret stops if a key is rotated at `moment`; None is at once.

    `overlap` is one of `OVERLAPS`, a day (to its end, UTC), or a time in ISO 8601, in UTC where it has no offset.

    Raises:
        ValueError: it is none of these.

    """
    if overlap in OVERLAPS:
        span = OVERLAPS[overlap]
        return None if span is None else moment + span
    if len(overlap) == _DAY:
        return end_of_day(datetime.combine(date.fromisoformat(overlap), time(), UTC))
    ends = datetime.fromisoformat(overlap)
    try:
        return (ends if ends.tzinfo else ends.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError as error:
        raise ValueError(overlap) from error
