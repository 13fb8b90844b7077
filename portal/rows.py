"""The base of all tables, and the types of their columns."""

import re
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer, MetaData, String
from sqlalchemy.orm import DeclarativeBase, declared_attr, registry
from sqlalchemy.types import TypeDecorator

from portal.clock import EPOCH, from_milliseconds, to_milliseconds


class Moment(TypeDecorator[datetime]):
    """An aware UTC datetime, kept as whole milliseconds since 1970: one form in every database, cheap to compare."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """Refuse naive datetimes by failing in the subtraction."""
        return None if value is None else to_milliseconds(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give the aware moment back; of what somebody wrote by hand and is none, the first: past, the safe side."""
        if value is None:
            return None
        return from_milliseconds(value) if isinstance(value, int) and 0 <= value < _LATEST else EPOCH


# Later than any key can be told to end, and early enough to count a lifetime on and to tell in any time zone.
_LATEST = to_milliseconds(datetime(9800, 1, 1, tzinfo=UTC))


# SQLite numbers rows by itself only in INTEGER columns.
WholeNumber = BigInteger().with_variant(Integer(), "sqlite")

# Ordered and searched by its beginning: byte by byte in every database, as Python compares it.
Ordered = String().with_variant(String(collation="C"), "postgresql")


class Rows(DeclarativeBase):
    """Gives each class its table (`KeySecret` → `key_secret`) and each constraint a name that Alembic can use."""

    registry = registry(
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_N_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
        type_annotation_map={datetime: Moment, int: WholeNumber},
    )

    @declared_attr.directive
    @classmethod
    def __tablename__(cls) -> str:
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", cls.__name__).lower()
