"""Columns as they lie in the database, whatever somebody wrote there by hand.

SQLite keeps any value in any column, and bytes that are no UTF-8 in a text: reading one as what it should be fails the
whole page. What is read here always comes through; what it should have been, the reader finds out row by row.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, LargeBinary, func, type_coerce
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import FunctionElement

from portal.clock import from_milliseconds


class _Bytes(FunctionElement[bytes]):
    """The bytes of a text."""

    inherit_cache = True
    type = LargeBinary()


@compiles(_Bytes)  # type: ignore[no-untyped-call,misc,unused-ignore]
def _as_blob(element: _Bytes, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **options)} AS BLOB)"


@compiles(_Bytes, "postgresql")  # type: ignore[no-untyped-call,misc,unused-ignore]
def _as_bytea(element: _Bytes, compiler: SQLCompiler, **options: Any) -> str:
    return f"convert_to({compiler.process(element.clauses, **options)}, 'UTF8')"


def raw_text(column: Any, most: int | None = None) -> ColumnElement[bytes]:
    """Return the bytes of a text column, `most` of them at most."""
    if most is None:
        return _Bytes(column)
    return type_coerce(func.substr(_Bytes(column), 1, most), LargeBinary())


def raw_number(column: Any) -> ColumnElement[Any]:
    """Return a column of whole numbers or moments as it is stored."""
    return type_coerce(column, BigInteger())


def as_text(value: bytes | None) -> str | None:
    """Return the text of `raw_text`, with a mark in the place of what is no UTF-8."""
    return None if value is None else value.decode(errors="replace")


def as_moment(value: Any) -> datetime | None:
    """Return the moment of a `raw_number` of milliseconds; None when it is none."""
    try:
        return from_milliseconds(value)
    except (OverflowError, TypeError, ValueError):
        return None


def as_number(value: Any) -> int | None:
    """Return a whole number of `raw_number`; None when it is none."""
    return value if isinstance(value, int) else None
