"""Invented use of keys as rows: access records, and what they add up to, as the portal itself adds it up."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from portal.devdata.pour import pour
from portal.devdata.scene import Scene
from portal.usage.fold import AccessRow, Fold, access_rows
from portal.usage.forget import HOURS_KEPT, REFUSALS_KEPT
from portal.usage.models import Access, KeyAddress, KeyNetwork, Refusal, UsageDay, UsageHour
from portal.usage.series import DAY_HOURS, HOUR_MS
from portal.usage.tally import SITE, RefusalRow, Tally

_ACCESS = ("minute", "fold", "key_id", "owner_id", "address", "method", "resource", "reason", "calls")
_REFUSAL = ("key_id", "fold", "first_at", "at", "reason", "address", "method", "resource", "calls")
_ADD = (
    "INSERT INTO {table} (key_id, {span}, calls, refused) VALUES (:key_id, :at, :calls, :refused) "
    "ON CONFLICT (key_id, {span}) DO UPDATE "
    "SET calls = {table}.calls + excluded.calls, refused = {table}.refused + excluded.refused"
)
_ADD_HOURS = text(_ADD.format(table="usage_hour", span="hour"))
_ADD_DAYS = text(_ADD.format(table="usage_day", span="day"))

# Strangers can be equal, here and in the rows of an earlier fill.
_ADD_STRANGERS = text(
    "INSERT INTO access (minute, fold, key_id, owner_id, address, method, resource, reason, calls) "
    "VALUES (:minute, :fold, :key_id, :owner_id, :address, :method, :resource, :reason, :calls) "
    "ON CONFLICT (minute, fold) DO UPDATE SET calls = access.calls + excluded.calls"
)

Folded = tuple[Fold, int]
Hours = Iterable[tuple[int, int, int, int]]  # key, hour since 1970, calls let in, calls refused
_MS = timedelta(milliseconds=1)


def add_usage(session: Session, scene: Scene, of_keys: Iterable[Folded], of_strangers: Iterable[Folded]) -> None:
    """Write the access records and all that they add up to, but for that of the site, which is kept for `add_site`."""
    rows, strange = sorted(access_rows(of_keys)), access_rows(of_strangers)
    tally = Tally()
    for row in (*rows, *strange):
        tally.add(row)
    pour(session, Access, _ACCESS, map(_access, rows))
    _add_up(session, _ADD_STRANGERS, _ACCESS, map(_access, strange))
    hours, days = _parted(scene, _without_site(scene, tally.hours()))
    pour(session, UsageHour, ("key_id", "hour", "calls", "refused"), hours)
    pour(session, UsageDay, ("key_id", "day", "calls", "refused"), days)
    kept = scene.now - REFUSALS_KEPT // _MS
    pour(session, Refusal, _REFUSAL, (_refusal(row) for row in tally.refusals() if row.at > kept))
    pour(session, KeyNetwork, ("key_id", "network", "first_at", "last_at"), tally.networks())
    pour(session, KeyAddress, ("key_id", "address", "first_at", "last_at"), tally.addresses())


def add_site(session: Session, scene: Scene) -> None:
    """Add the use of all new keys together to that of the site."""
    sums = ((SITE, hour, *calls) for hour, calls in sorted(scene.site_hours.items()))
    for statement, rows in zip((_ADD_HOURS, _ADD_DAYS), _parted(scene, sums), strict=True):
        _add_up(session, statement, ("key_id", "at", "calls", "refused"), rows)


def _add_up(session: Session, statement: TextClause, names: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Run the statement for each row; what is there already is added to."""
    named = [dict(zip(names, row, strict=True)) for row in rows]
    if named:
        session.execute(statement, named)


def _without_site(scene: Scene, hours: Hours) -> Iterator[tuple[int, int, int, int]]:
    """Yield the sums of keys, and keep those of the site."""
    for key_id, hour, calls, refused in hours:
        if key_id == SITE:
            before = scene.site_hours.get(hour, (0, 0))
            scene.site_hours[hour] = before[0] + calls, before[1] + refused
        else:
            yield key_id, hour, calls, refused


def _parted(scene: Scene, hours: Hours) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
    """Return the hours that are kept as such, and the days that older ones make."""
    first = (scene.now - HOURS_KEPT // _MS) // HOUR_MS
    kept: list[tuple[int, ...]] = []
    days: dict[tuple[int, int], tuple[int, int]] = defaultdict(lambda: (0, 0))
    for row in hours:
        key_id, hour, calls, refused = row
        if hour >= first:
            kept.append(row)
        else:
            before = days[key_id, hour // DAY_HOURS]
            days[key_id, hour // DAY_HOURS] = before[0] + calls, before[1] + refused
    return kept, [(*which, *sums) for which, sums in sorted(days.items())]


def _access(row: AccessRow) -> tuple[object, ...]:
    return row.minute, bytes.fromhex(row.fold), *row[2:]


def _refusal(row: RefusalRow) -> tuple[object, ...]:
    return row.key_id, bytes.fromhex(row.fold), row.at, *row[2:]
