"""Rows of what an admin may change while the portal runs."""

from sqlalchemy.orm import Mapped, mapped_column

from portal.rows import Rows


class Site(Rows):
    """One site setting that was changed from its default, as JSON."""

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)
