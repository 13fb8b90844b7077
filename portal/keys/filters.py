"""The filters of a sieve as SQL: each a condition on a key, and where it can the ids of its keys from an index."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, and_, func, literal_column, not_, or_, select, union_all
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.emails import fold_email
from portal.accounts.models import Person
from portal.clock import to_milliseconds
from portal.keys import states
from portal.keys.lifetime import lasts_beyond
from portal.keys.models import NO_END, Key, KeyLastUsed
from portal.keys.names import fold_name
from portal.keys.sieve import Sieve
from portal.keys.status import SOON, Status
from portal.site.settings import SiteSettings

END: ColumnElement[int] = literal_column(f"coalesce(key.expires_at, {NO_END})", BigInteger)
_SPAN: ColumnElement[int] = literal_column(f"(coalesce(key.expires_at, {NO_END}) - key.created_at)", BigInteger)
_DAY_MS = 86_400_000
_ENDLESS = NO_END // 2  # the span of a key without an end is longer
_LAST = "\U0010ffff"

Ids = Select[Any] | Any


@dataclass(frozen=True)
class Filter:
    """One filter. `ids` are its keys, read from an index; None where most keys would pass.

    `condition` is said so that no index serves it: it is asked of keys that were found by another filter, and a
    database that knows nothing of their number would rather read all of this one's. `order` names the column by whose
    index its keys can be walked in order, under `walk`.
    """

    condition: ColumnElement[bool]
    ids: Ids | None = None
    order: str | None = None
    walk: ColumnElement[bool] | None = None
    uses: bool = False


def filters(session: Session, sieve: Sieve, site: SiteSettings) -> list[Filter]:
    """Return the filters of `sieve`, those of fewest keys to be expected first."""
    moment, found = clock.now(), list[Filter]()
    if sieve.find:
        found.append(_by_text(sieve.find))
    if sieve.owner:
        found.append(_by_owner(session, sieve.owner))
    if sieve.address is not None:
        found.append(_by_address(sieve))
    if sieve.status is not None:
        found.append(_by_status(session, sieve.status, moment, site))
    if sieve.ends_before is not None:
        found.append(_by_end(session, sieve.ends_before, site))
    if sieve.kind is not None:
        found.append(_by_column(Key.kind == sieve.kind, func.coalesce(Key.kind, "") == sieve.kind))
    if sieve.unused_since is not None:
        found.append(_by_last_use(sieve.unused_since))
    return found


def listed(sieve: Sieve) -> ColumnElement[bool]:
    """Return the condition of what is in the list at all."""
    is_there = Key.hidden_at.is_(None)
    return is_there if sieve.kind is not None else and_(is_there, Key.kind != "session")


def begins_with(column: Any, text: str) -> ColumnElement[bool]:
    """Return the condition that a column which is compared byte by byte begins with `text`: a range of its index."""
    return and_(column >= text, column <= text + _LAST)


def _by_column(condition: ColumnElement[bool], whole: ColumnElement[bool] | None = None) -> Filter:
    """Return a filter with an index in the order of creation; `whole` is what `condition` is only a part of."""
    return Filter(condition if whole is None else whole, select(Key.id).where(condition), "created", condition)


def _by_text(text: str) -> Filter:
    public_id, name = begins_with(Key.public_id, text), begins_with(Key.name_folded, fold_name(text))
    return Filter(or_(public_id, name), union_all(select(Key.id).where(public_id), select(Key.id).where(name)))


def _by_owner(session: Session, text: str) -> Filter:
    folded = fold_email(text)
    theirs = begins_with(Person.email_folded, folded)
    people = session.scalars(select(Person.id).where(Person.email_folded == folded)).all()  # not those it begins, too
    people = people or session.scalars(select(Person.id).where(theirs).limit(2)).all()
    if len(people) == 1:
        return _by_column(Key.owner_id == people[0], Key.owner_id + 0 == people[0])
    ids = select(Key.id).join(Person, Person.id == Key.owner_id).where(theirs)
    return Filter(Key.owner_id.in_(select(Person.id).where(theirs)), ids, "owner", theirs)


def _by_address(sieve: Sieve) -> Filter:
    address = sieve.address
    assert address is not None  # noqa: S101  # the caller has looked
    column = KeyLastUsed.address
    if not address.is_whole:
        condition = begins_with(column, address.text)
        return Filter(condition, select(KeyLastUsed.key_id).where(condition), uses=True)
    ids = select(KeyLastUsed.key_id).where(column == address.text)
    return Filter(func.coalesce(column, "") == address.text, ids, uses=True)


def _by_last_use(since: datetime) -> Filter:
    condition = KeyLastUsed.at < since
    ids = select(KeyLastUsed.key_id).where(KeyLastUsed.used.in_([True, False]), condition)
    return Filter(condition, ids, "used", condition, uses=True)


def _by_status(session: Session, status: Status, moment: datetime, site: SiteSettings) -> Filter:
    whole = states.conditions(moment, site)[status]
    if status is Status.EXPIRED:
        return _by_end(session, moment, site, whole)
    if status is Status.EXPIRES_SOON:
        return _by_end(session, moment + SOON, site, whole, after=moment)
    indexed = {
        Status.REVOKED: Key.revoked_at.is_not(None), Status.PAUSED: Key.paused_at.is_not(None),
        Status.NO_SECRET: Key.secret_made_at.is_(None), Status.NOT_YET: Key.not_before.is_not(None),
    }  # fmt: skip
    return _by_column(indexed[status], whole) if status in indexed else Filter(whole)


def _by_end(
    session: Session, moment: datetime, site: SiteSettings,
    whole: ColumnElement[bool] | None = None, after: datetime | None = None,
) -> Filter:  # fmt: skip
    """Return the filter of keys that end up to `moment`: by their own end, or because of the site's ceiling.

    Its ids are some too many: an own end that the ceiling brings forward by less than a day is not told apart.
    """
    if whole is None:
        whole = and_(Key.secret_made_at.is_not(None), not_(lasts_beyond(moment, site)))
    own = to_milliseconds(moment) + _DAY_MS + 2000 >= END
    if after is not None:
        own = and_(own, to_milliseconds(after) < END)
    cut = _cut_by_ceiling(site)
    # In the order of the index, or a database that expects many such keys would look for one in the whole table.
    if session.scalar(select(Key.id).where(cut).order_by(_SPAN.desc()).limit(1)) is None:
        return Filter(whole, select(Key.id).where(own), "expires", own)
    return Filter(whole, union_all(select(Key.id).where(own), select(Key.id).where(cut)))


def _cut_by_ceiling(site: SiteSettings) -> ColumnElement[bool]:
    """Return the condition that the site's ceiling ends a key at least a day before its own end: few, from an index."""
    longer = and_(Key.revoked_at.is_(None), Key.secret_made_at.is_not(None), (site.longest_days + 1) * _DAY_MS < _SPAN)
    return and_(longer, _SPAN < _ENDLESS) if site.no_expiry else longer
