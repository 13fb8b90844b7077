"""What one key was used for, and many keys side by side. Each report is one query on the primary key of its table."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.usage.models import KeyAddress, KeyNetwork, Refusal, UsageDay, UsageHour
from portal.usage.series import DAY_HOURS, Series, Span
from portal.usage.tally import network_of

NEW_FOR = timedelta(days=7)
SHOWN_REFUSALS = 10
SPARK = Span.MONTH


@dataclass(frozen=True, slots=True)
class Totals:
    """All calls of a key that are still counted."""

    calls: int
    refused: int


@dataclass(frozen=True, slots=True)
class Network:
    """A network from which a key was let in; new for a week, unless it was the key's first."""

    network: str
    first_at: datetime
    last_at: datetime
    is_new: bool
    addresses: tuple[str, ...]


def series(session: Session, key_id: int, span: Span, moment: datetime) -> Series:
    """Return the calls of a key, or of the whole site (`tally.SITE`), in the span that ends with `moment`."""
    bucket = UsageHour.hour // span.hours
    sums = (
        select(bucket, func.sum(UsageHour.calls), func.sum(UsageHour.refused))
        .where(UsageHour.key_id == key_id, UsageHour.hour >= span.first(moment) * span.hours)
        .group_by(bucket)
    )
    return Series.of(span, moment, {int(n): (int(calls), int(refused)) for n, calls, refused in session.execute(sums)})


def sparks(session: Session, key_ids: Iterable[int], moment: datetime) -> dict[int, list[int]]:
    """Return the calls by day of each of these keys in the last 30 days, in one query for all."""
    ids, first, day = list(key_ids), SPARK.first(moment), UsageHour.hour // DAY_HOURS
    if not ids:
        return {}
    found = (
        select(UsageHour.key_id, day, func.sum(UsageHour.calls))
        .where(UsageHour.key_id.in_(ids), UsageHour.hour >= first * DAY_HOURS)
        .group_by(UsageHour.key_id, day)
    )
    lines = {key_id: [0] * SPARK.size for key_id in ids}
    for key_id, number, calls in session.execute(found):
        if number < first + SPARK.size:  # a clock that went back has left hours to come
            lines[key_id][int(number) - first] = int(calls)
    return lines


def totals(session: Session, key_id: int) -> Totals:
    """Return all calls of a key that are still counted: those of 400 days."""
    hours = select(UsageHour.calls, UsageHour.refused).where(UsageHour.key_id == key_id)
    days = select(UsageDay.calls, UsageDay.refused).where(UsageDay.key_id == key_id)
    both = hours.union_all(days).subquery()
    calls, refused = session.execute(select(func.sum(both.c.calls), func.sum(both.c.refused))).one()
    return Totals(int(calls or 0), int(refused or 0))


def refusals(session: Session, key_id: int, limit: int = SHOWN_REFUSALS) -> Sequence[Refusal]:
    """Return what a key was refused for last, the newest first; equal ones are one."""
    of_key = select(Refusal).where(Refusal.key_id == key_id)
    return session.scalars(of_key.order_by(Refusal.at.desc(), Refusal.fold).limit(limit)).all()


def networks(session: Session, key_id: int, moment: datetime) -> list[Network]:
    """Return from which networks a key was let in, each with its addresses, those used last first."""
    found = select(KeyNetwork).where(KeyNetwork.key_id == key_id)
    rows = session.scalars(found.order_by(KeyNetwork.last_at.desc(), KeyNetwork.network)).all()
    began = min((row.first_at for row in rows), default=moment)
    inside = _addresses(session, key_id)
    return [
        Network(
            row.network, row.first_at, row.last_at, moment - row.first_at < NEW_FOR and row.first_at > began,
            tuple(inside[row.network]),
        )
        for row in rows
    ]  # fmt: skip


def _addresses(session: Session, key_id: int) -> dict[str, list[str]]:
    found = select(KeyAddress.address).where(KeyAddress.key_id == key_id)
    inside: dict[str, list[str]] = defaultdict(list)
    for address in session.scalars(found.order_by(KeyAddress.last_at.desc(), KeyAddress.address)):
        inside[network_of(address)].append(address)
    return inside
