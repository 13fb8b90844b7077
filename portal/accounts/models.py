"""Rows about people: who they are, how they signed in, who was invited, and failed tries."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.rows import Ordered, Rows

DELETED = "deleted account "  # what stands in place of the e-mail of an account that was deleted, before its number
_DISABLED = text("disabled_at IS NOT NULL")


class Person(Rows):
    """Someone with an account. Without a password hash they sign in some other way, or not at all.

    `last_seen_at` is when a browser of theirs was last here, at most a minute old; sign-ins themselves are forgotten.
    """

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str]
    email_folded: Mapped[str] = mapped_column(Ordered, unique=True)
    password_hash: Mapped[bytes | None]
    is_admin: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    last_seen_at: Mapped[datetime | None]

    __table_args__ = (
        Index(None, "is_admin", "email_folded"),
        Index("ix_person_disabled", "email_folded", sqlite_where=_DISABLED, postgresql_where=_DISABLED),
    )


class SignIn(Rows):
    """One sign-in on one browser, until it is ended. Only the SHA-256 of its session id is kept."""

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    sid_hash: Mapped[bytes] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    address: Mapped[str | None]
    user_agent: Mapped[str]

    person: Mapped[Person] = relationship(lazy="joined", innerjoin=True)

    __table_args__ = (Index(None, "person_id", "ends_at"), Index(None, "ends_at"))


class Invitation(Rows):
    """A one-time link by which a person sets a password. Only the SHA-256 of its token is kept.

    `made_by` is the number of the person who made it; None for the shell and the portal.
    """

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    email: Mapped[str]
    is_admin: Mapped[bool] = mapped_column(default=False)
    made_by: Mapped[int | None]
    made_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    __table_args__ = (Index(None, "ends_at", "id"),)


class SignInTry(Rows):
    """A try at a password that has not succeeded, counted against one bucket: an account, an address, a browser."""

    id: Mapped[int] = mapped_column(primary_key=True)
    bucket: Mapped[str]
    at: Mapped[datetime]

    __table_args__ = (Index(None, "bucket", "at"), Index(None, "at"))


class Banner(Rows):
    """Something a person must be told on their API credentials page, until they dismiss it."""

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str]
    body: Mapped[str]
    made_at: Mapped[datetime]
    dismissed_at: Mapped[datetime | None]

    __table_args__ = (Index(None, "person_id", "dismissed_at"),)
