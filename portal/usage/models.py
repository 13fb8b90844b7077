"""Rows about what keys were used for. They hold no foreign keys: recording must never fail or wait for a key's row."""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from portal.rows import Rows


class Access(Rows):
    """The access record: equal requests of one minute, folded into one row with a count.

    `fold` is the SHA-256 of the other facts and makes adding one to the count a single upsert.
    """

    minute: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    fold: Mapped[bytes] = mapped_column(primary_key=True)
    key_id: Mapped[int | None]
    owner_id: Mapped[int | None]
    address: Mapped[str | None]
    method: Mapped[str | None]
    resource: Mapped[str | None]
    reason: Mapped[str | None]
    calls: Mapped[int]

    __table_args__ = (Index(None, "key_id", "minute"), Index(None, "owner_id", "minute"))


class UsageHour(Rows):
    """Calls and refusals of a key in one hour."""

    key_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    hour: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    calls: Mapped[int]
    refused: Mapped[int]


class Refusal(Rows):
    """One of the last refusals of a key, with its reason and the facts of the request."""

    id: Mapped[int] = mapped_column(primary_key=True)
    key_id: Mapped[int]
    at: Mapped[datetime]
    reason: Mapped[str]
    facts: Mapped[str]

    __table_args__ = (Index(None, "key_id", "at"),)
