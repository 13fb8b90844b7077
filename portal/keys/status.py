"""The status of a key, in one word."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

SOON = timedelta(days=7)


class Status(StrEnum):
    """What the list says of a key; exactly one holds."""

    ACTIVE = "active"
    EXPIRES_SOON = "expires-soon"
    NOT_YET = "not-yet-valid"
    PAUSED = "paused"
    EXPIRED = "expired"
    REVOKED = "revoked"


class Dated(Protocol):
    """What the status is read from."""

    not_before: datetime | None
    expires_at: datetime | None
    paused_at: datetime | None
    revoked_at: datetime | None


def status_of(key: Dated, moment: datetime) -> Status:
    """Return the status of `key` at `moment`, in the order in which a request with it is judged."""
    if key.revoked_at is not None:
        return Status.REVOKED
    if key.paused_at is not None:
        return Status.PAUSED
    if key.not_before is not None and moment < key.not_before:
        return Status.NOT_YET
    if key.expires_at is not None and key.expires_at <= moment:
        return Status.EXPIRED
    if key.expires_at is not None and key.expires_at <= moment + SOON:
        return Status.EXPIRES_SOON
    return Status.ACTIVE
