"""Rows of the audit trail."""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from portal.rows import Ordered, Rows


class Audit(Rows):
    """One act. Written once, never changed: each row's hash covers the row before it."""

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    event: Mapped[str]
    actor: Mapped[str]
    actor_id: Mapped[int | None]
    address: Mapped[str | None] = mapped_column(Ordered)
    subject: Mapped[str]
    body: Mapped[str]
    prev: Mapped[str]
    hash: Mapped[str]

    __table_args__ = (
        Index(None, "at"),
        Index(None, "event", "seq"),
        Index(None, "subject", "seq"),
        Index(None, "actor_id", "seq"),
        Index(None, "actor", "seq"),
        Index(None, "address", "seq"),
    )


class AuditHead(Rows):
    """The end of the chain: a single row, locked last in each transaction that writes an entry."""

    id: Mapped[int] = mapped_column(primary_key=True)
    seq: Mapped[int]
    hash: Mapped[str]
