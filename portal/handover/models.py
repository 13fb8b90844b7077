"""Rows about connected apps."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import Person
from portal.rows import Rows


class ConnectedApp(Rows):
    """An app that may receive keys of the people who open it: where it is, and what those keys may do and how long."""

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    launch_url: Mapped[str]
    secret_digest: Mapped[bytes]
    policy: Mapped[str]
    lifetime_minutes: Mapped[int]
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]

    __table_args__ = (CheckConstraint("length(secret_digest) = 32", name="digest_is_sha256"),)


class AppCode(Rows):
    """A one-time code with which an app gets a key of a person, by its digest; `key_id` is the key that it made."""

    digest: Mapped[bytes] = mapped_column(primary_key=True)
    app_id: Mapped[int] = mapped_column(ForeignKey("connected_app.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    ends_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    key_id: Mapped[int | None] = mapped_column(ForeignKey("key.id"))

    app: Mapped[ConnectedApp] = relationship()
    person: Mapped[Person] = relationship()

    __table_args__ = (
        CheckConstraint("length(digest) = 32", name="digest_is_sha256"),
        Index(None, "person_id", "app_id"),
        Index(None, "key_id"),
        Index(None, "ends_at"),
    )
