"""What can go wrong, in two kinds.

An *expected refusal* is a value, `Refused`, that a job returns, so that the door can still commit the audit entry
that goes with it. A *fault* is a `PortalError`, raised; it rolls everything back. Both carry a slug that the pages,
the API, the audit and the docs share.
"""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Refused:
    """The answer no, with its reason as a slug and what a page needs to explain it."""

    reason: str
    detail: dict[str, Any] = field(default_factory=dict)


class PortalError(Exception):
    """A fault. `slug` names it for machines, `title` says it to people, `status` is its HTTP status."""

    slug = "fault"
    title = "Something went wrong"
    status = 500


class CannotStart(PortalError):
    """The portal cannot run as it is set up; the message is one line that says what to mend."""

    slug = "cannot-start"
    title = "The portal cannot start"
    status = 503


class TooBusy(PortalError):
    """More was asked at once than is let wait. Nothing was changed; try again."""

    slug = "busy"
    title = "The portal is busy"
    status = 503


class Unavailable(PortalError):
    """The database did not answer in time. Nothing was let in and nothing was changed; try again."""

    slug = "unavailable"
    title = "The portal is busy or its database is out of reach"
    status = 503
