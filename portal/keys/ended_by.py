"""How many living keys a change of the site's settings would end at once.

A lower ceiling ends those that were made between the old one and the new one; without keys that live for ever, those
without an end that are older than the ceiling. Both are ranges of an index, and of each only the newest 100,000 are
looked at: whoever asks waits.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, func, not_, select
from sqlalchemy.orm import Session

from portal import clock
from portal.keys.filters import END
from portal.keys.lifetime import lasts_beyond
from portal.keys.models import NO_END, Key
from portal.site.settings import SiteSettings

COUNTED = 10_000
LOOKED_AT = 100_000


@dataclass(frozen=True, slots=True)
class Ended:
    """How many keys would end, up to 10,000; where not `is_all`, there are more, or more than were looked at."""

    number: int = 0
    is_all: bool = True

    def __bool__(self) -> bool:
        return self.number > 0 or not self.is_all


def ended_by(session: Session, before: SiteSettings, after: SiteSettings) -> Ended:
    """Return how many keys live under the settings `before`, and would no more under those `after`."""
    moment = clock.now()
    number, is_all = 0, True
    for rows in _ranges(before, after, moment):
        some = rows.limit(LOOKED_AT).subquery()
        looked_at, ends = session.execute(
            select(func.count(), func.count().filter(some.c.ends)).select_from(some)
        ).one()
        number, is_all = number + ends, is_all and looked_at < LOOKED_AT
    return Ended(min(number, COUNTED), is_all and number <= COUNTED)


def _ranges(before: SiteSettings, after: SiteSettings, moment: datetime) -> list[Select[bool]]:
    """Return for each range of keys that may end whether each does, the newest first."""
    found, old, new = [], before.oldest(moment), after.oldest(moment)
    ends = _ends(before, after, moment)
    if new > old:
        with_an_end = and_(ends, Key.expires_at.is_not(None)) if before.no_expiry else ends
        between = select(with_an_end.label("ends")).where(Key.created_at >= old, Key.created_at < new)
        found.append(between.order_by(Key.created_at.desc(), Key.id.desc()))
    if before.no_expiry and not after.no_expiry:
        endless = select(ends.label("ends")).where(END == NO_END)
        found.append(endless.order_by(END.desc(), Key.id.desc()))
    return found


def _ends(before: SiteSettings, after: SiteSettings, moment: datetime) -> ColumnElement[bool]:
    works = and_(Key.revoked_at.is_(None), Key.secret_made_at.is_not(None))
    return and_(works, lasts_beyond(moment, before), not_(lasts_beyond(moment, after)))
