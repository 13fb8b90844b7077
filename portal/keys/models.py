"""Rows about keys. What the verdict reads (key, key_secret, person, sign_in) is never touched by usage."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, func, literal_column, select, text
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from portal.accounts.models import Person
from portal.keys.names import NAME_LIMIT
from portal.rows import Ordered, Rows

_OPEN = text("ends_at IS NULL")
_ENDED = text("ends_at IS NOT NULL")
NO_END = 9_007_199_254_740_991  # where a key without an end stands in the order of ends; no moment is as late
_LIVES = "revoked_at IS NULL AND secret_made_at IS NOT NULL"
_END = literal_column(f"coalesce(expires_at, {NO_END})", BigInteger)


def _partly(name: str, condition: str, *columns: Any) -> Index:
    """Return an index of the rows that meet a condition."""
    return Index(name, *columns, sqlite_where=text(condition), postgresql_where=text(condition))


class KeySecret(Rows):
    """The digest of one token of a key. A key has at most one secret without an end.

    `form_id` names the form that made it, when that was not the form which made the key.
    """

    digest: Mapped[bytes] = mapped_column(primary_key=True)
    key_id: Mapped[int] = mapped_column(ForeignKey("key.id"))
    pepper: Mapped[int]
    made_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    form_id: Mapped[str | None]

    __table_args__ = (
        CheckConstraint("length(digest) = 32", name="digest_is_sha256"),  # a token can never land here by mistake
        Index(None, "key_id"),
        Index("uq_key_secret_open", "key_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("uq_key_secret_form_id", "form_id", unique=True),
        Index(None, "ends_at", sqlite_where=_ENDED, postgresql_where=_ENDED),
    )


class Key(Rows):
    """An API key: its owner, its name, its dates and its policy. Its secrets lie in `key_secret`, as digests.

    `secret_made_at` is None while it has no secret yet; `hidden_at` takes a key that is over off its owner's list.
    `old_secret_ends_at` is when the last of its replaced secrets stops or stopped working, as it was when read.
    """

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(Ordered, unique=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str] = mapped_column(String(NAME_LIMIT))
    name_folded: Mapped[str] = mapped_column(Ordered)
    kind: Mapped[str] = mapped_column(default="standard")
    created_at: Mapped[datetime]
    not_before: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    paused_by: Mapped[str | None]
    paused_reason: Mapped[str | None]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None]
    revoked_reason: Mapped[str | None]
    hidden_at: Mapped[datetime | None]
    secret_made_at: Mapped[datetime | None]
    policy: Mapped[str] = mapped_column(default="{}")
    version: Mapped[int] = mapped_column(default=1)
    sign_in_id: Mapped[int | None] = mapped_column(ForeignKey("sign_in.id"))
    form_id: Mapped[str | None] = mapped_column(unique=True)

    owner: Mapped[Person] = relationship()
    last_used: Mapped["KeyLastUsed | None"] = relationship(
        primaryjoin="and_(KeyLastUsed.key_id == Key.id, KeyLastUsed.used)", lazy="joined", viewonly=True
    )
    old_secret_ends_at: Mapped[datetime | None] = column_property(
        select(func.max(KeySecret.ends_at))
        .where(KeySecret.key_id == id)  # noqa: A003  # the column
        .correlate_except(KeySecret)
        .scalar_subquery()
    )

    __table_args__ = (
        Index(None, "created_at", "id"),
        Index(None, "owner_id", "created_at", "id"),
        Index(None, "owner_id", "name_folded"),
        Index(None, "kind", "created_at", "id"),
        Index(None, "sign_in_id"),
        Index(None, "name_folded", "id"),
        Index("ix_key_end", _END, "id"),
        # How long a living key lives by its own end: finds those that the site's ceiling ends sooner.
        _partly(
            "ix_key_span", "revoked_at IS NULL AND secret_made_at IS NOT NULL", literal_column(f"({_END} - created_at)")
        ),
        _partly("ix_key_revoked", "revoked_at IS NOT NULL", "created_at", "id"),
        _partly("ix_key_paused", "paused_at IS NOT NULL", "created_at", "id"),
        _partly("ix_key_without_secret", "secret_made_at IS NULL", "created_at", "id"),
        _partly("ix_key_not_before", "not_before IS NOT NULL", "created_at", "id"),
    )


class KeyLastUsed(Rows):
    """When and from where a key was last let in.

    A trigger makes the row with its key: until the first use, `used` is false and `at` is when the key was made, so
    that "unused since" is one range of one index.
    """

    key_id: Mapped[int] = mapped_column(ForeignKey("key.id"), primary_key=True)
    at: Mapped[datetime]
    address: Mapped[str | None] = mapped_column(Ordered)
    used: Mapped[bool] = mapped_column(default=True)

    __table_args__ = (Index(None, "used", "at", "key_id"), Index(None, "address", "key_id"))


class SecretLastUsed(Rows):
    """When and from where one secret of a key that was rotated was last let in, and how often since it is counted."""

    digest: Mapped[bytes] = mapped_column(primary_key=True)
    key_id: Mapped[int] = mapped_column(ForeignKey("key.id"))
    at: Mapped[datetime]
    address: Mapped[str | None]
    calls: Mapped[int]

    __table_args__ = (Index(None, "key_id"),)


class SecretLeak(Rows):
    """When and from where a secret was last sent in an address, where logs and histories keep it, and how often."""

    digest: Mapped[bytes] = mapped_column(primary_key=True)
    key_id: Mapped[int] = mapped_column(ForeignKey("key.id"))
    at: Mapped[datetime]
    address: Mapped[str | None]
    calls: Mapped[int]

    __table_args__ = (Index(None, "key_id"),)


class LongAct(Rows):
    """An act on more keys than one transaction should hold: decided when this row is written, done a slice at a time.

    `ids` is a JSON list of the keys to act on, those of one owner together; `done` counts them. `changed` counts those
    that the act has changed; `untold` is a JSON list of those whose owner has more to come. The row goes with the act.
    """

    id: Mapped[int] = mapped_column(primary_key=True)
    act: Mapped[str]
    at: Mapped[datetime]
    actor: Mapped[str]
    actor_id: Mapped[int | None]
    address: Mapped[str | None]
    reason: Mapped[str | None]
    ids: Mapped[str]
    done: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    untold: Mapped[str] = mapped_column(default="[]")


class KeyRule(Rows):
    """One rule of a key's policy, taken apart so that an admin can filter by it."""

    id: Mapped[int] = mapped_column(primary_key=True)
    key_id: Mapped[int] = mapped_column(ForeignKey("key.id"))
    kind: Mapped[str]
    value: Mapped[str]

    __table_args__ = (Index(None, "kind", "value", "key_id"), Index(None, "key_id"))


class KeyChange(Rows):
    """The log of changes that can turn a verdict, written by triggers; it proves to a cache that it is current.

    Without a digest any key of `owner_id` may be concerned, and without either any key at all. On PostgreSQL alone
    there are an `owner_id`, and `xid`, the transaction that made the change.
    """

    seq: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[bytes | None]
    owner_id: Mapped[int | None]
    xid: Mapped[int | None]

    __table_args__ = (
        Index(None, "xid", sqlite_where=text("xid IS NOT NULL"), postgresql_where=text("xid IS NOT NULL")),
        {"sqlite_autoincrement": True},
    )


class Pepper(Rows):
    """A pepper this database was used with, by number, and what tells it apart from every other."""

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    fingerprint: Mapped[bytes]


class Quota(Rows):
    """How much of a quota a key has used in one window of time."""

    key_id: Mapped[int] = mapped_column(ForeignKey("key.id"), primary_key=True)
    window: Mapped[str] = mapped_column(primary_key=True)
    used: Mapped[int]
