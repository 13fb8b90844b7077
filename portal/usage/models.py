"""Rows about what keys were used for. They hold no foreign keys: recording must never fail or wait for a key's row."""

from datetime import datetime

from sqlalchemy import Boolean, ColumnElement, Index, literal_column, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.rows import Ordered, Rows

_REFUSED = text("refused > 0")
_IS_REFUSED = text("reason IS NOT NULL")
REFUSAL: ColumnElement[bool] = literal_column("(reason IS NOT NULL)", Boolean())  # as its index has it


class Access(Rows):
    """The access record: equal requests of one minute, folded into one row with a count.

    `fold` is the SHA-256 of the other facts and makes adding one to the count a single upsert.
    """

    minute: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    fold: Mapped[bytes] = mapped_column(primary_key=True)
    key_id: Mapped[int | None]
    owner_id: Mapped[int | None]
    address: Mapped[str | None] = mapped_column(Ordered)
    method: Mapped[str | None]
    resource: Mapped[str | None] = mapped_column(Ordered)
    reason: Mapped[str | None]
    calls: Mapped[int]

    __table_args__ = (
        Index(None, "key_id", "minute"),
        Index(None, "owner_id", "minute"),
        Index(None, "address", "minute"),
        Index(None, "resource", "minute"),
        Index(None, "reason", "minute", sqlite_where=_IS_REFUSED, postgresql_where=_IS_REFUSED),
        # Its first column is always true: compared with it, no database takes another index for this one.
        Index("ix_access_refused", REFUSAL, "minute", sqlite_where=_IS_REFUSED, postgresql_where=_IS_REFUSED),
    )  # fmt: skip


class UsageHour(Rows):
    """Calls that were let in and calls that were refused, of a key in one hour; of key 0, of the whole site."""

    key_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    hour: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    calls: Mapped[int]
    refused: Mapped[int]

    __table_args__ = (
        Index(None, "hour"),
        Index("ix_usage_hour_refused", "hour", "key_id", "refused", sqlite_where=_REFUSED, postgresql_where=_REFUSED),
        {"sqlite_with_rowid": False},
    )


class UsageDay(Rows):
    """The hours of a day that have become old, added up."""

    key_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    calls: Mapped[int]
    refused: Mapped[int]

    __table_args__ = (Index(None, "day"), {"sqlite_with_rowid": False})


class Refusal(Rows):
    """One of the last refusals of a key: equal ones are one row with a count. `fold` is that of their access record."""

    key_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    fold: Mapped[bytes] = mapped_column(primary_key=True)
    first_at: Mapped[datetime]
    at: Mapped[datetime]
    reason: Mapped[str]
    address: Mapped[str | None]
    method: Mapped[str | None]
    resource: Mapped[str | None]
    calls: Mapped[int]

    __table_args__ = (Index(None, "at"), {"sqlite_with_rowid": False})


class KeyNetwork(Rows):
    """A network from which a key was let in, as a /24 or a /48."""

    key_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    network: Mapped[str] = mapped_column(primary_key=True)
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]

    __table_args__ = (Index(None, "last_at"), {"sqlite_with_rowid": False})


class KeyAddress(Rows):
    """An address from which a key was let in."""

    key_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    address: Mapped[str] = mapped_column(primary_key=True)
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]

    __table_args__ = (Index(None, "last_at"), {"sqlite_with_rowid": False})


class Census(Rows):
    """What takes long to count, as it was counted last: one row, its body a JSON object."""

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    body: Mapped[str]


class UsageBatch(Rows):
    """The batches of a spool that its storer stored last: a JSON list of their names, written with what was in them."""

    spool: Mapped[str] = mapped_column(primary_key=True)
    names: Mapped[str]
