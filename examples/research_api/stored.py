"""What goes into the data store, what comes out, and why not. Pure."""

from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple

Expects = Callable[[str | None], bool]  # whether a change may be made to the file with this ETag, or to none


class File(NamedTuple):
    """A file with its content, as it is to be stored."""

    path: str
    content_type: str
    body: bytes


class Stored(NamedTuple):
    """A file without its content; `changed_at` is in milliseconds since 1970."""

    path: str
    content_type: str
    etag: str
    changed_at: int
    size: int


class NotStored(StrEnum):
    """Why a change was not made."""

    NOT_THERE = "not-there"
    NOT_AS_EXPECTED = "not-as-expected"
    IN_THE_WAY = "in-the-way"
    OVER_QUOTA = "over-quota"


class StoreFull(Exception):
    """The store or its disk takes no more."""


class StoreUnavailable(Exception):
    """The store did not answer in time, or is damaged."""
