"""Rows about config files."""

from datetime import datetime

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.rows import Rows

_LIVING = text("removed_at IS NULL")


class AddedFormat(Rows):
    """A format of config files that an admin has added."""

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str]
    file_name: Mapped[str]
    about: Mapped[str]
    quoting: Mapped[str]
    text: Mapped[str]
    made_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]

    __table_args__ = (
        Index("uq_added_format_living", "slug", unique=True, sqlite_where=_LIVING, postgresql_where=_LIVING),
    )
