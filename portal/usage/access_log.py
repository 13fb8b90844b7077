"""Finding access records: which person's key did what, a page of those that pass some filters, newest first.

Records are read as they lie in the database. They outlive keys and people: of what is gone, the number is told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, select, true
from sqlalchemy.orm import Session

from portal.accounts.models import DELETED, Person
from portal.clock import to_milliseconds
from portal.keys.models import Key
from portal.keyset import Found, Ledger, Mark, Place, Sieve, begins, equal, look
from portal.raw import as_moment, as_number, as_text, raw_number, raw_text
from portal.usage.fold import MINUTE_MS
from portal.usage.models import REFUSAL, Access

PAGE_SIZE = 50
EXPORT_PAGE = 500
LET_IN = "let-in"
REFUSED = "refused"
_TEXT_SHOWN = 4_096  # bytes
_POSITION = (Access.minute, Access.fold)


@dataclass(frozen=True, slots=True)
class Search:
    """Which records: of an owner, a key, an address or resource or what begins so; `since` ≤ their minute < `until`.

    `verdict` is LET_IN, REFUSED or the slug of a reason.
    """

    owner_id: int | None = None
    key_id: int | None = None
    address: str | None = None
    address_begins: str | None = None
    resource: str | None = None
    resource_begins: str | None = None
    verdict: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """Equal requests of one minute. `person` and `public_id` are None where they are gone, or never were known."""

    mark: Mark
    at: datetime | None
    key_id: int | None
    owner_id: int | None
    address: str | None
    method: str | None
    resource: str | None
    reason: str | None
    calls: int | None
    person: str | None = None
    public_id: str | None = None
    key_name: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Records, newest first. The marks from which the next look goes on: None where there is nothing more."""

    records: list[Record]
    newer: Mark | None
    older: Mark | None
    stopped: Mark | None = None


def page(session: Session, search: Search, place: Place, *, most: int = PAGE_SIZE) -> Page:
    """Return the page of the records that `search` lets through."""
    found = look(session, _ledger(search), place, most)
    if place.is_newer and place.mark and not found.is_more and not found.stopped:
        first = page(session, search, Place(), most=most)  # the same rows and older ones: a page that is full
        if first.stopped is None:
            return first
    return _page(session, found, place)


def in_order(session: Session, search: Search, after: Mark | None) -> tuple[list[Record], Mark | None]:
    """Return records after that mark, oldest first, and the mark from which to go on; None at the end."""
    found = look(session, _ledger(search), Place(after, is_newer=True), EXPORT_PAGE)
    records = _records(session, found.rows)[::-1]
    return records, found.marks[0] if found.is_more else found.stopped


def _page(session: Session, found: Found, place: Place) -> Page:
    records = _records(session, found.rows)
    first, last = (found.marks[0], found.marks[-1]) if found.marks else (None, None)
    if place.is_newer:
        return Page(records, first if found.is_more else None, last if place.mark else None, found.stopped)
    return Page(records, first if place.mark else None, last if found.is_more else None, found.stopped)


def _ledger(search: Search) -> Ledger:
    least = None if search.since is None else to_milliseconds(search.since) // MINUTE_MS
    most = None if search.until is None else to_milliseconds(search.until) // MINUTE_MS - 1
    columns = [
        raw_number(Access.key_id), raw_number(Access.owner_id), raw_text(Access.address, _TEXT_SHOWN),
        raw_text(Access.method, _TEXT_SHOWN), raw_text(Access.resource, _TEXT_SHOWN),
        raw_text(Access.reason, _TEXT_SHOWN), raw_number(Access.calls),
    ]  # fmt: skip
    return Ledger(_POSITION, _sieves(search), least, most, columns=columns)


def _sieves(search: Search) -> list[Sieve]:
    same: dict[Any, Any] = {
        Access.key_id: search.key_id, Access.owner_id: search.owner_id, Access.address: search.address,
        Access.resource: search.resource,
    }  # fmt: skip
    beginnings = {Access.address: search.address_begins, Access.resource: search.resource_begins}
    return [
        *(equal(column, value) for column, value in same.items() if value is not None),
        *([_verdict(search.verdict)] if search.verdict else []),
        *(begins(column, text) for column, text in beginnings.items() if text),
    ]


def _verdict(verdict: str) -> Sieve:
    if verdict == LET_IN:  # most records; no index has them
        return Sieve(Access.reason.is_(None), Access.reason.is_(None), is_indexed=False)
    if verdict == REFUSED:
        is_refused = Access.reason.is_not(None)
        return Sieve(
            and_(true() == REFUSAL, is_refused), Access.reason.concat("").is_not(None),
            pair=(REFUSAL, True), also=is_refused,
        )  # fmt: skip
    return equal(Access.reason, verdict)


def _records(session: Session, rows: Sequence[Any]) -> list[Record]:
    """Return the records of `rows` with the names of people and keys: in two queries, however many they are."""
    people = _people(session, {as_number(row[3]) for row in rows})
    keys = _keys(session, {as_number(row[2]) for row in rows})
    return [_record(row, people, keys) for row in rows]


def _record(row: Any, people: dict[int, str], keys: dict[int, tuple[str, str]]) -> Record:
    minute, _, key_id, owner_id, address, method, resource, reason, calls = row
    public_id, name = keys.get(as_number(key_id) or 0, (None, None))
    return Record(
        (row[0], row[1]), as_moment(minute * MINUTE_MS) if isinstance(minute, int) else None,
        as_number(key_id), as_number(owner_id), as_text(address), as_text(method), as_text(resource), as_text(reason),
        as_number(calls), people.get(as_number(owner_id) or 0), public_id, name,
    )  # fmt: skip


def _people(session: Session, ids: set[int | None]) -> dict[int, str]:
    """Return the e-mails of people; those whose account was deleted have none."""
    rows = session.execute(select(Person.id, Person.email).where(Person.id.in_(ids - {None})))
    return {row.id: row.email for row in rows if not row.email.startswith(DELETED)}


def _keys(session: Session, ids: set[int | None]) -> dict[int, tuple[str, str]]:
    """Return the public ids and names of keys, also of those that their owners have deleted."""
    rows = session.execute(select(Key.id, Key.public_id, Key.name).where(Key.id.in_(ids - {None})))
    return {row.id: (row.public_id, row.name) for row in rows}
