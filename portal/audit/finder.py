"""Finding audit entries: a page of those that pass some filters, newest first, or all of them in order.

Entries are read as they lie in the database. One that somebody wrote there by hand is shown as far as it can be.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from portal.audit.models import Audit
from portal.keyset import Found, Ledger, Place, Sieve, begins, equal, look
from portal.raw import as_moment, as_number, as_text, raw_number, raw_text

PAGE_SIZE = 50
EXPORT_PAGE = 500
BODY_SHOWN = 65_536  # bytes
_TEXT_SHOWN = 4_096  # bytes; no e-mail and no public id is as long
_NONE = -(2**63)  # no entry has this number
_AT_ONCE = 1_000  # entries around a moment whose order in the chain and in time may differ


@dataclass(frozen=True, slots=True)
class Search:
    """Which entries: by actor, event, subject and address, or the beginning of an address; `since` ≤ at < `until`.

    `actor_id` finds what a person did in whatever way, `actor` what stands there as text: the shell, someone unknown.
    """

    actor: str | None = None
    actor_id: int | None = None
    event: str | None = None
    subject: str | None = None
    address: str | None = None
    address_begins: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as it lies in the database; `at` is None where no moment stands there."""

    seq: int
    at: datetime | None
    event: str
    actor: str
    actor_id: int | None
    address: str | None
    subject: str
    body: str
    prev: str
    hash: str

    def told(self) -> dict[str, Any]:
        """Return the body; empty when it is no JSON object."""
        try:
            body = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return body if isinstance(body, dict) else {}


@dataclass(frozen=True, slots=True)
class Page:
    """Entries, newest first. The marks from which the next look goes on: None where there is nothing more."""

    entries: list[Entry]
    newer: int | None
    older: int | None
    stopped: int | None = None


def plain(entry: Entry) -> dict[str, Any]:
    """Return the entry as an export tells it: as it is stored, so that its hash can be computed anew."""
    at = None if entry.at is None else entry.at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    texts = {name: getattr(entry, name) for name in ("actor", "actor_id", "address", "subject", "body", "prev", "hash")}
    return {"seq": entry.seq, "at": at, "event": entry.event, **texts}


def page(session: Session, search: Search, place: Place, *, most: int = PAGE_SIZE) -> Page:
    """Return the page of the entries that `search` lets through."""
    ledger = _ledger(session, search)
    if ledger is None:
        return Page([], None, None)
    found = look(session, ledger, place, most)
    if place.is_newer and place.mark and not found.is_more and not found.stopped:
        first = page(session, search, Place(), most=most)  # the same rows and older ones: a page that is full
        if first.stopped is None:
            return first
    return _page(session, found, place)


def newest(session: Session, search: Search, *, most: int, before: int | None = None) -> list[Entry]:
    """Return up to `most` entries, newest first, those before the entry `before`."""
    return page(session, search, Place(None if before is None else (before,)), most=most).entries


def in_order(session: Session, search: Search, after: int | None) -> tuple[list[Entry], int | None]:
    """Return entries after the one numbered `after`, oldest first and whole, and where to go on; None at the end."""
    ledger = _ledger(session, search)
    if ledger is None:
        return [], None
    found = look(session, ledger, Place(None if after is None else (after,), is_newer=True), EXPORT_PAGE)
    seqs = sorted(mark[0] for mark in found.marks)
    further = seqs[-1] if found.is_more else found.stopped[0] if found.stopped else None
    return _entries(session, seqs, None), further


def _page(session: Session, found: Found, place: Place) -> Page:
    entries = _entries(session, [mark[0] for mark in found.marks], BODY_SHOWN)[::-1]
    first, last = (entries[0].seq, entries[-1].seq) if entries else (None, None)
    stopped = found.stopped[0] if found.stopped else None
    if place.is_newer:
        return Page(entries, first if found.is_more else None, last if place.mark else None, stopped)
    return Page(entries, first if place.mark else None, last if found.is_more else None, stopped)


def _ledger(session: Session, search: Search) -> Ledger | None:
    """Return what to look at; None when nothing lies in that time.

    Entries stand in the chain in the order in which they were committed, which is not quite that of their times: the
    part of the chain that a time takes up is looked for a little wider.
    """
    conditions: list[ColumnElement[bool]] = []
    ends: dict[str, int | None] = {"least": None, "most": None}
    if search.since is not None:
        conditions.append(Audit.at >= search.since)
        ends["least"] = min(_near(session, conditions[-1], Audit.at.asc()), default=_NONE)
    if search.until is not None:
        conditions.append(Audit.at < search.until)
        ends["most"] = max(_near(session, conditions[-1], Audit.at.desc()), default=_NONE)
    if _NONE in ends.values():
        return None
    return Ledger((Audit.seq,), _sieves(search), ends["least"], ends["most"], conditions)


def _near(session: Session, condition: ColumnElement[bool], order: ColumnElement[Any]) -> Sequence[int]:
    """Return the numbers of the first entries, in time, that meet a condition."""
    return session.scalars(select(Audit.seq).where(condition).order_by(order).limit(_AT_ONCE)).all()


def _sieves(search: Search) -> list[Sieve]:
    same: dict[Any, Any] = {
        Audit.subject: search.subject, Audit.address: search.address, Audit.actor_id: search.actor_id,
        Audit.actor: search.actor, Audit.event: search.event,
    }  # fmt: skip
    sieves = [equal(column, value) for column, value in same.items() if value is not None]
    return sieves + ([begins(Audit.address, search.address_begins)] if search.address_begins else [])


def _entries(session: Session, seqs: Sequence[int], most_of_body: int | None) -> list[Entry]:
    """Return the entries in the order of the chain."""
    short = None if most_of_body is None else _TEXT_SHOWN
    columns = [
        Audit.seq, raw_number(Audit.at), raw_text(Audit.event, short), raw_text(Audit.actor, short),
        raw_number(Audit.actor_id), raw_text(Audit.address, short), raw_text(Audit.subject, short),
        raw_text(Audit.body, most_of_body), raw_text(Audit.prev, short), raw_text(Audit.hash, short),
    ]  # fmt: skip
    rows: Iterable[Any] = session.execute(select(*columns).where(Audit.seq.in_(seqs)).order_by(Audit.seq))
    return [_entry(*row) for row in rows]


def _entry(seq: int, at: Any, event: Any, actor: Any, actor_id: Any, *texts: Any) -> Entry:
    address, subject, body, prev, own = map(as_text, texts)
    return Entry(
        seq, as_moment(at), as_text(event) or "", as_text(actor) or "", as_number(actor_id), address,
        subject or "", body or "", prev or "", own or "",
    )  # fmt: skip
