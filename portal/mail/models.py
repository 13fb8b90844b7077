"""Rows of letters that wait to be sent."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from portal.rows import Rows


class Outbox(Rows):
    """One letter, written in the transaction of the act it tells of and sent later by the worker."""

    id: Mapped[int] = mapped_column(primary_key=True)
    recipient: Mapped[str]
    subject: Mapped[str]
    body: Mapped[str]
    made_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
