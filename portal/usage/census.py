"""What takes long to count, for the overview: taken by the worker now and then, and kept as one row."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, case, func, select, text, true
from sqlalchemy.orm import Session, joinedload

from portal import clock
from portal.keys import listing, states
from portal.keys.filters import listed
from portal.keys.models import Key, KeyLastUsed
from portal.keys.sieve import Order, Sieve
from portal.keys.status import Status
from portal.policy.reasons import Reason
from portal.site.settings import SiteSettings
from portal.usage.fold import MINUTE_MS
from portal.usage.models import REFUSAL, Access, Census, UsageHour
from portal.usage.series import hour_of
from portal.usage.tally import SITE

WINDOW = timedelta(hours=24)
UNUSED_DAYS = 90
SHOWN = 5
_ONLY = 1  # the id of the one row
_END_OF_NUMBERS = 2**63  # of a database


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted at one moment. Keys are named by their numbers; refusals are those of the last 24 hours.

    `unused` are active keys that nobody used for 90 days, `soon` and `stale` the first of those that expire within a
    week and of those that are unused, `refused` keys with their refusals, `strangers` addresses with theirs.
    """

    at: datetime
    statuses: dict[str, int]
    unused: int
    soon: Sequence[int]
    stale: Sequence[int]
    refused: Sequence[tuple[int, int]]
    strangers: Sequence[tuple[str, int]]

    def to_text(self) -> str:
        """Return all but the moment, as JSON."""
        return json.dumps({name: value for name, value in asdict(self).items() if name != "at"})

    @classmethod
    def from_row(cls, row: Census) -> "Counted":
        """Return what a row keeps.

        Raises:
            AttributeError, KeyError, TypeError, ValueError, RecursionError: somebody wrote it by hand.

        """
        kept: dict[str, Any] = json.loads(row.body)
        return cls(
            row.at, {str(status): _number(kept["statuses"][status]) for status in Status},
            _number(kept["unused"]), [_number(key_id) for key_id in kept["soon"]],
            [_number(key_id) for key_id in kept["stale"]],
            [(_number(key_id), _number(number)) for key_id, number in kept["refused"]],
            [(_text(address), _number(number)) for address, number in kept["strangers"]],
        )  # fmt: skip

    @classmethod
    def readable(cls, row: Census) -> "Counted | None":
        """Return what a row keeps; None where that cannot be read."""
        try:
            return cls.from_row(row)
        except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
            return None


def _number(value: Any) -> int:
    if type(value) is not int or not 0 <= value < _END_OF_NUMBERS:
        raise ValueError(value)
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def latest(session: Session, site: SiteSettings) -> Counted:
    """Return what the worker counted last; where no worker ever did, or nobody can read what it kept, count now."""
    row = session.get(Census, _ONLY)
    counted = Counted.readable(row) if row is not None else None
    return counted if counted is not None else count(session, site)


def count(session: Session, site: SiteSettings) -> Counted:
    """Count. With a million keys that takes seconds, in which nobody is held up."""
    moment = clock.now()
    since = moment - timedelta(days=UNUSED_DAYS)
    soon = Sieve(status=Status.EXPIRES_SOON)
    stale = Sieve(status=Status.ACTIVE, unused_since=since, order=Order.USED)
    return Counted(
        moment, _statuses(session, site, moment), _unused(session, site, moment, since),
        _first(session, soon, site), _first(session, stale, site),
        _refused(session, moment), _strangers(session, moment),
    )  # fmt: skip


def keep(session: Session, counted: Counted) -> None:
    """Put `counted` in the place of what was counted before."""
    session.merge(Census(id=_ONLY, at=counted.at, body=counted.to_text()))


def named(session: Session, counted: Counted) -> dict[int, Key]:
    """Return the keys that `counted` names, by number, with their owners; those deleted since are left out."""
    ids = {*counted.soon, *counted.stale, *(key_id for key_id, _ in counted.refused)}
    found = select(Key).where(Key.id.in_(ids), Key.hidden_at.is_(None)).options(joinedload(Key.owner))
    return {key.id: key for key in session.scalars(found)}


def newest(session: Session) -> list[Key]:
    """Return the keys that were made last, of the last 200 rows: session keys are not among them."""
    last = select(Key.id).order_by(Key.created_at.desc(), Key.id.desc()).limit(200)
    rows = select(Key).where(Key.id.in_(last.scalar_subquery()), listed(Sieve())).options(joinedload(Key.owner))
    return list(session.scalars(rows.order_by(Key.created_at.desc(), Key.id.desc()).limit(SHOWN)))


def _statuses(session: Session, site: SiteSettings, moment: datetime) -> dict[str, int]:
    by_status = states.conditions(moment, site)
    sums = [func.coalesce(func.sum(case((state, 1), else_=0)), 0) for state in by_status.values()]
    row = session.execute(select(*sums).where(listed(Sieve()))).one()
    return {str(status): int(number) for status, number in zip(by_status, row, strict=True)}


def _unused(session: Session, site: SiteSettings, moment: datetime, since: datetime) -> int:
    active = states.conditions(moment, site)[Status.ACTIVE]
    found = select(func.count()).select_from(Key).join(KeyLastUsed, KeyLastUsed.key_id == Key.id)
    return session.scalar(found.where(KeyLastUsed.at < since, active, listed(Sieve()))) or 0


def _first(session: Session, sieve: Sieve, site: SiteSettings) -> list[int]:
    return [key.id for key in listing.page(session, sieve, site).keys[:SHOWN]]


def _refused(session: Session, moment: datetime) -> list[tuple[int, int]]:
    number, key_id = func.sum(UsageHour.refused), UsageHour.key_id + 0  # else SQLite walks the whole table by key
    of_keys = select(key_id, number).where(
        UsageHour.hour > hour_of(moment - WINDOW), UsageHour.key_id != SITE, text("refused > 0")
    )
    return _most(session, of_keys.group_by(key_id).order_by(number.desc(), key_id))


def _strangers(session: Session, moment: datetime) -> list[tuple[str, int]]:
    number, address = func.sum(Access.calls), Access.address.concat("")  # else SQLite walks all access by address
    since = clock.to_milliseconds(moment - WINDOW) // MINUTE_MS
    is_refused = and_(true() == REFUSAL, Access.reason.is_not(None))  # so that its index is taken
    is_strange = and_((Access.key_id + 0).is_(None), is_refused, Access.reason.concat("") != Reason.MISSING)
    of_addresses = select(address, number).where(Access.minute > since, address.is_not(None), is_strange)
    return _most(session, of_addresses.group_by(address).order_by(number.desc(), address))


def _most(session: Session, rows: Any) -> list[Any]:
    return [(who, int(number)) for who, number in session.execute(rows.limit(SHOWN * 2))]
