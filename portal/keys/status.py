"""The status of a key, in one word."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from portal.site.settings import SiteSettings

SOON = timedelta(days=7)


class Status(StrEnum):
    """What the list says of a key; exactly one holds."""

    NO_SECRET = "no-secret"  # noqa: S105
    ACTIVE = "active"
    EXPIRES_SOON = "expires-soon"
    NOT_YET = "not-yet-valid"
    PAUSED = "paused"
    EXPIRED = "expired"
    REVOKED = "revoked"


class Dated(Protocol):
    """What the status is read from."""

    created_at: datetime
    secret_made_at: datetime | None
    not_before: datetime | None
    expires_at: datetime | None
    paused_at: datetime | None
    revoked_at: datetime | None


def status_of(key: Dated, moment: datetime, site: SiteSettings) -> Status:
    """Return the status of `key` at `moment`, in the order in which a request with it is judged."""
    if key.revoked_at is not None:
        return Status.REVOKED
    if key.secret_made_at is None:
        return Status.NO_SECRET
    if key.paused_at is not None:
        return Status.PAUSED
    if key.not_before is not None and moment < key.not_before:
        return Status.NOT_YET
    ends = site.ends(key.created_at, key.expires_at)
    if ends is not None and ends <= moment:
        return Status.EXPIRED
    return Status.EXPIRES_SOON if ends is not None and ends <= moment + SOON else Status.ACTIVE
