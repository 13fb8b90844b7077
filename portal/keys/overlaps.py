"""For how long the old secret of a rotated key may be asked to work on, as shell and management API spell it."""

from datetime import datetime, timedelta

OVERLAPS: dict[str, timedelta | None] = {
    "now": None, "1h": timedelta(hours=1), "24h": timedelta(hours=24), "7d": timedelta(days=7),
}  # fmt: skip


def overlap_ends(overlap: str, moment: datetime) -> datetime | None:
    """Return when the old secret stops if a key is rotated at `moment`; None is at once.

    Raises:
        KeyError: there is no such overlap.

    """
    span = OVERLAPS[overlap]
    return None if span is None else moment + span
