"""The audit trail: what happened, by whom, in a chain of hashes that shows any later change.

Entries are collected while a job runs and sealed in the same transaction, as its last statements: a change and its
entry stand or fall together, and the head of the chain is locked for as short a time as possible.
"""

import hashlib
import json
from collections.abc import Iterable
from contextlib import closing
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import clock
from portal.audit.events import Actor, Event
from portal.audit.models import Audit, AuditHead
from portal.pending import Pending

START = "0" * 64


class Break(NamedTuple):
    """The first place where the chain does not hold."""

    seq: int
    why: str


def record(session: Session, what: Event, by: Actor, subject: str, **body: Any) -> None:
    """Note an act; it is written when the session commits and forgotten when it rolls back.

    `subject` is what was acted on (a public id, an e-mail). `body` is kept as JSON and never holds a secret.
    """
    entry = Audit(
        at=clock.now(), event=what, actor=by.label, actor_id=by.person_id, address=by.address,
        subject=subject, body=json.dumps(body, sort_keys=True, ensure_ascii=False),
    )  # fmt: skip
    _pending.add(session, entry)


def history(session: Session, subject: str, *, most: int = 50) -> list[Audit]:
    """Return what happened to `subject`, newest first, at most `most` entries."""
    return list(session.scalars(select(Audit).where(Audit.subject == subject).order_by(Audit.seq.desc()).limit(most)))


def find_break(session: Session) -> Break | None:
    """Walk the whole chain and return the first entry that was altered, removed or reordered; None when it holds."""
    entries = session.scalars(select(Audit).order_by(Audit.seq).execution_options(yield_per=500))
    with closing(entries):  # else PostgreSQL's cursor stays open where a break ends the walk
        return _first_break(session, entries)


def _first_break(session: Session, entries: Iterable[Audit]) -> Break | None:
    seq, previous = 0, START
    for entry in entries:
        seq += 1
        if entry.seq != seq:
            return Break(seq, "is missing")
        if entry.prev != previous:
            return Break(seq, "does not follow from the entry before it")
        if entry.hash != _hash(entry):
            return Break(seq, "was altered")
        previous = entry.hash
    head = session.get(AuditHead, 1)
    if ((head.seq, head.hash) if head else (0, START)) != (seq, previous):
        return Break(seq + 1, "is missing at the end")
    return None


def seal(session: Session, entries: list[Audit]) -> None:
    """Put entries at the end of the chain, in this order. Jobs that record what they do use `record`."""
    session.flush()
    head = session.get(AuditHead, 1, with_for_update=True, populate_existing=True)
    if head is None:
        head = AuditHead(id=1, seq=0, hash=START)
        session.add(head)
    for entry in entries:
        entry.seq, entry.prev = head.seq + 1, head.hash
        entry.hash = _hash(entry)
        head.seq, head.hash = entry.seq, entry.hash
    session.add_all(entries)


def _hash(entry: Audit) -> str:
    fields = [
        entry.seq, clock.to_milliseconds(entry.at), entry.event, entry.actor, entry.actor_id, entry.address,
        entry.subject, entry.body, entry.prev,
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(fields, ensure_ascii=False).encode()).hexdigest()


_pending = Pending("audit_pending", seal)
