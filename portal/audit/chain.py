"""Whether the audit trail is whole: each entry's hash covers the hash of the entry before it.

The walk is done in steps, each a short read, so that a door checks any number of entries without holding up anybody.
Entries are read as they lie in the database: whatever was written there by hand is found, and fails nothing.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, false, func, or_, select
from sqlalchemy.orm import Session

from portal.audit.models import Audit, AuditHead
from portal.raw import as_text, raw_number, raw_text

START = "0" * 64
STEP = 2_000
_TEXTS = ("event", "actor", "address", "subject", "body", "prev", "hash")


class Break(NamedTuple):
    """The first place where the chain does not hold."""

    seq: int
    why: str


@dataclass(frozen=True, slots=True)
class Checked:
    """How far the chain holds: up to the entry `seq` with that hash, and to its very end where `is_all`."""

    seq: int = 0
    hash: str = START
    is_all: bool = False


def hash_of(fields: Sequence[Any]) -> str:
    """Return the hash of an entry: its columns from seq to prev, in the order of the table, times as milliseconds."""
    return hashlib.sha256(json.dumps(fields, ensure_ascii=False).encode()).hexdigest()


def length(session: Session) -> int:
    """Return how many entries the trail says to have."""
    head = _head(session)
    return head[0] if head is not None else 0


def find_break(session: Session) -> Break | None:
    """Walk the whole chain and return the first entry that was altered, removed or reordered; None when it holds."""
    checked = Checked()
    while not checked.is_all:
        further = check(session, checked)
        if isinstance(further, Break):
            return further
        checked = further
    return None


def check(session: Session, since: Checked, *, most: int = STEP) -> Checked | Break:
    """Check up to `most` entries after those of `since`; `is_all` when none was left and the trail ends there."""
    head = _head(session)  # first: an entry that is written meanwhile is met in the next step
    if head is None:
        return Break(0, "was altered at the head")
    entries = session.execute(_after(session, since, most)).all()
    seq, previous = since.seq, since.hash
    for entry in entries:
        broken = _fault(entry, seq + 1, previous, head[0])
        if broken is not None:
            return broken
        seq, previous = entry.seq, str(as_text(entry.hash))
    return Checked(seq, previous) if entries else _end(head, since)


def _after(session: Session, since: Checked, most: int) -> Select[Any]:
    texts = [raw_text(getattr(Audit, name)).label(name) for name in _TEXTS]
    numbers = [raw_number(column).label(column.key) for column in (Audit.at, Audit.actor_id)]
    is_odd = _is_odd(session, [getattr(Audit, name) for name in _TEXTS], [Audit.at, Audit.actor_id]).label("is_odd")
    rows = select(Audit.seq, is_odd, *numbers, *texts).order_by(Audit.seq).limit(most)
    return rows.where(Audit.seq > since.seq) if since.seq else rows  # the first step also meets what stands below 1


def _fault(entry: Any, seq: int, previous: str, last: int) -> Break | None:
    if entry.seq < seq or entry.seq > seq > last:
        return Break(entry.seq, "does not belong to the trail")
    if entry.seq > seq:
        return Break(seq, "is missing")
    if entry.is_odd or not all(_is_utf_8(getattr(entry, name)) for name in _TEXTS):
        return Break(seq, "was altered")
    event, actor, address, subject, body, prev, own = (as_text(getattr(entry, name)) for name in _TEXTS)
    if prev != previous:
        return Break(seq, "does not follow from the entry before it")
    rightly = hash_of([seq, entry.at, event, actor, entry.actor_id, address, subject, body, prev])
    return None if own == rightly else Break(seq, "was altered")


def _end(head: tuple[int, str], since: Checked) -> Checked | Break:
    """Compare the last entry with the head, which is written in the same transaction as that entry."""
    if head[0] > since.seq:
        return Break(since.seq + 1, "is missing at the end")
    if head[0] < since.seq:
        return Break(head[0] + 1, "was added at the end")
    return Checked(since.seq, since.hash, is_all=True) if head[1] == since.hash else Break(since.seq, "was altered")


def _head(session: Session) -> tuple[int, str] | None:
    """Return where the trail says to end; None where that is no number and no hash, but written by hand."""
    is_odd = _is_odd(session, [AuditHead.hash], [AuditHead.seq])
    columns = select(AuditHead.seq, raw_text(AuditHead.hash), is_odd).where(AuditHead.id == 1)
    row = session.execute(columns).one_or_none()
    if row is None:
        return 0, START
    return None if row[2] or not _is_utf_8(row[1]) else (row[0], str(as_text(row[1])))


def _is_odd(session: Session, texts: Sequence[Any], numbers: Sequence[Any]) -> ColumnElement[bool]:
    """Return whether a value is of another kind than its column, as SQLite alone lets somebody write by hand."""
    if session.get_bind().dialect.name != "sqlite":
        return false()
    kinds = [(column, "text") for column in texts] + [(column, "integer") for column in numbers]
    return or_(*(func.typeof(column).not_in([kind, "null"]) for column, kind in kinds))


def _is_utf_8(value: bytes | None) -> bool:
    try:
        return value is None or value.decode() is not None
    except UnicodeDecodeError:
        return False
