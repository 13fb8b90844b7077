"""The audit trail: what happened, by whom, in a chain of hashes that shows any later change.

Entries are collected while a job runs and sealed in the same transaction, as its last statements: a change and its
entry stand or fall together, and the head of the chain is locked for as short a time as possible.
"""

import json
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from portal import clock
from portal.audit.chain import START, find_break, hash_of
from portal.audit.events import Actor, Event
from portal.audit.finder import Entry, Search, newest
from portal.audit.models import Audit, AuditHead
from portal.errors import Unavailable
from portal.pending import Pending

__all__ = ["find_break", "history", "record", "seal"]


def record(session: Session, what: Event, by: Actor, subject: str, **body: Any) -> None:
    """Note an act; it is written when the session commits and forgotten when it rolls back.

    `subject` is what was acted on (a public id, an e-mail). `body` is kept as JSON and never holds a secret.
    """
    entry = Audit(
        at=clock.now(), event=what, actor=by.label, actor_id=by.person_id, address=by.address,
        subject=subject, body=json.dumps(body, sort_keys=True, ensure_ascii=False),
    )  # fmt: skip
    _pending.add(session, entry)


def history(session: Session, subject: str, *, most: int = 50) -> list[Entry]:
    """Return what happened to `subject`, newest first, at most `most` entries."""
    return newest(session, Search(subject=subject), most=most)


def seal(session: Session, entries: list[Audit]) -> None:
    """Put entries at the end of the chain, in this order. Jobs that record what they do use `record`.

    Raises:
        Unavailable: nobody can tell where the chain ends, as its head was altered.

    """
    session.flush()
    head = session.get(AuditHead, 1, with_for_update=True, populate_existing=True)
    if head is None:
        head = AuditHead(id=1, seq=0, hash=START)
        session.add(head)
    if type(head.seq) is not int or type(head.hash) is not str:  # written by hand: nothing can follow from it
        raise Unavailable("The head of the audit trail was altered: nothing can be changed before a copy is restored.")
    seq, previous = head.seq, head.hash
    rows = []
    for entry in entries:
        entry.seq, entry.prev = seq + 1, previous
        entry.hash = hash_of(_fields(entry))
        seq, previous = entry.seq, entry.hash
        rows.append({column: getattr(entry, column) for column in _COLUMNS})
    head.seq, head.hash = seq, previous
    session.flush()
    if rows:
        session.execute(insert(Audit), rows)  # by itself: a thousand entries at once hold the head for a moment only


_COLUMNS = tuple(column.key for column in Audit.__table__.columns)


def _fields(entry: Audit) -> list[Any]:
    return [
        entry.seq, clock.to_milliseconds(entry.at), entry.event, entry.actor, entry.actor_id, entry.address,
        entry.subject, entry.body, entry.prev,
    ]  # fmt: skip


_pending = Pending("audit_pending", seal)
