"""Which tables are moved, in an order in which no row comes before one that it refers to, and what each column holds.

A table that is neither in MOVED nor in LEFT_OUT fails a test: whoever adds one decides.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Boolean, Integer, LargeBinary, String
from sqlalchemy.types import TypeDecorator

from portal.accounts import models as _accounts
from portal.audit import models as _audit
from portal.downloads import models as _downloads
from portal.handover import models as _handover
from portal.keys import models as _keys
from portal.keys.token import LOOSE_PATTERN
from portal.mail import models as _mail
from portal.rows import Rows
from portal.site import models as _site
from portal.usage import models as _usage

KNOWN = (_accounts, _audit, _downloads, _handover, _keys, _mail, _site, _usage)  # loaded, so that Rows knows them all

MOVED = {
    "access", "added_format", "app_code", "audit", "audit_head", "banner", "census", "connected_app", "invitation",
    "key", "key_address", "key_last_used", "key_network", "key_rule", "key_secret", "long_act", "outbox", "pepper",
    "person", "quota", "refusal", "secret_last_used", "secret_leak", "sign_in", "sign_in_try", "site", "usage_batch",
    "usage_day", "usage_hour",
}  # fmt: skip
LEFT_OUT = {"key_change": "it tells the caches of this machine what changed"}
REVISION = "alembic_version"  # written by the migrations themselves
_JSON = {("site", "value")}  # parsed by PostgreSQL at each verification
_HALF, _WHOLE = 2**31, 2**63
_SHOWN = 80  # characters


class Kind(StrEnum):
    """What a column holds."""

    NUMBER = "a number"
    TRUTH = "yes or no"
    TEXT = "a text"
    BYTES = "bytes"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `most` is how many characters a text may have, or below what a number and its opposite stay."""

    name: str
    kind: Kind
    is_required: bool
    most: int | None = None
    is_json: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table that is moved; its rows are told apart by the columns in `key`."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    def key_of(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return the values by which a row is told from the others."""
        return tuple(row[number] for number, column in enumerate(self.columns) if column.name in self.key)

    def named(self, row: tuple[Any, ...]) -> str:
        """Return how to call a row so that it can be found: the columns of its key with their values."""
        values = dict(zip((column.name for column in self.columns), row, strict=True))
        return ", ".join(f"{name} {_spelt(values[name])}" for name in self.key)


def tables() -> list[Table]:
    """Return the tables that are moved, those that others refer to before them."""
    return [_table(table) for table in Rows.metadata.sorted_tables if table.name in MOVED]


def _table(table: Any) -> Table:
    return Table(
        table.name, tuple(_column(column) for column in table.columns), tuple(table.primary_key.columns.keys())
    )


def _column(column: Any) -> Column:
    kind, most = _kind(column.type)
    return Column(column.name, kind, not column.nullable, most, (column.table.name, column.name) in _JSON)


def _kind(type_: Any) -> tuple[Kind, int | None]:
    if isinstance(type_, TypeDecorator):
        type_ = type_.impl_instance
    if isinstance(type_, Integer):
        return Kind.NUMBER, _WHOLE if isinstance(type_, BigInteger) else _HALF
    if isinstance(type_, Boolean):
        return Kind.TRUTH, None
    if isinstance(type_, LargeBinary):
        return Kind.BYTES, None
    if isinstance(type_, String):
        return Kind.TEXT, type_.length
    raise TypeError(f"Nobody decided how to move {type_!r}.")


def _spelt(value: Any) -> str:
    if isinstance(value, bytes):
        return f"x'{value.hex()}'"
    return ascii(LOOSE_PATTERN.sub(r"\1", value)[:_SHOWN]) if isinstance(value, str) else ascii(value)
