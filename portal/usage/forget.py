"""What usage forgets with time: hours become days, and then all of it goes."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, text, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.clock import to_milliseconds
from portal.keys.models import Key
from portal.usage.fold import MINUTE_MS
from portal.usage.models import Access, KeyAddress, KeyNetwork, Refusal, UsageDay, UsageHour
from portal.usage.series import DAY_HOURS, day_of, hour_of

Column = InstrumentedAttribute[Any]

ACCESS_KEPT = timedelta(days=90)
HOURS_KEPT = timedelta(days=31)  # the chart of 30 days begins with the first hour of a day
DAYS_KEPT = timedelta(days=400)
REFUSALS_KEPT = timedelta(days=30)
PLACES_KEPT = timedelta(days=400)

_ADD_DAYS = text(
    "INSERT INTO usage_day (key_id, day, calls, refused) VALUES (:key_id, :day, :calls, :refused) "
    "ON CONFLICT (key_id, day) DO UPDATE "
    "SET calls = usage_day.calls + excluded.calls, refused = usage_day.refused + excluded.refused"
)


def forget_access(session: Session, before: datetime, limit: int) -> int:
    """Delete up to `limit` access records that are older than `before`; return how many went."""
    return _forget(session, limit, (Access.minute, Access.fold), Access.minute, to_milliseconds(before) // MINUTE_MS)


def fold_hours(session: Session, before: datetime, limit: int) -> int:
    """Make days of up to `limit` hours that ended before `before`; return of how many."""
    old = select(UsageHour.key_id, UsageHour.hour).where(UsageHour.hour < hour_of(before))
    old = old.order_by(UsageHour.hour, UsageHour.key_id).limit(limit)
    identity = tuple_(UsageHour.key_id, UsageHour.hour)
    columns = (UsageHour.key_id, UsageHour.hour, UsageHour.calls, UsageHour.refused)
    hours = session.execute(delete(UsageHour).where(identity.in_(old)).returning(*columns)).all()
    days: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0])
    for key_id, hour, calls, refused in hours:
        sums = days[key_id, hour // DAY_HOURS]
        sums[0], sums[1] = sums[0] + calls, sums[1] + refused
    rows = [{"key_id": key, "day": day, "calls": sums[0], "refused": sums[1]} for (key, day), sums in days.items()]
    if rows:
        session.execute(_ADD_DAYS, rows)
    return len(hours)


def forget_days(session: Session, before: datetime, limit: int) -> int:
    """Delete up to `limit` days that ended before `before`; return how many went."""
    return _forget(session, limit, (UsageDay.key_id, UsageDay.day), UsageDay.day, day_of(before))


def forget_refusals(session: Session, before: datetime, limit: int) -> int:
    """Delete up to `limit` refusals that happened last before `before`; return how many went."""
    return _forget(session, limit, (Refusal.key_id, Refusal.fold), Refusal.at, before)


def forget_networks(session: Session, before: datetime, limit: int) -> int:
    """Delete up to `limit` networks that were used last before `before`; return how many went."""
    return _forget(session, limit, (KeyNetwork.key_id, KeyNetwork.network), KeyNetwork.last_at, before)


def forget_addresses(session: Session, before: datetime, limit: int) -> int:
    """Delete up to `limit` addresses that were used last before `before`; return how many went."""
    return _forget(session, limit, (KeyAddress.key_id, KeyAddress.address), KeyAddress.last_at, before)


def forget_person(session: Session, person_id: int) -> None:
    """Delete from where the keys of a person were used, and what they were refused for."""
    theirs = select(Key.id).where(Key.owner_id == person_id)
    for rows in (KeyNetwork, KeyAddress, Refusal):
        session.execute(delete(rows).where(rows.key_id.in_(theirs)))


def _forget(session: Session, limit: int, identity: tuple[Column, ...], age: Column, before: int | datetime) -> int:
    rows = identity[0].class_
    old = select(*identity).where(age < before).order_by(age).limit(limit)
    return len(session.scalars(delete(rows).where(tuple_(*identity).in_(old)).returning(identity[0])).all())
