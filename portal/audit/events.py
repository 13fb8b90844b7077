"""What the audit trail knows: events and actors.

An event is named `subject:what-happened`, in the past tense. The names are stored, so they are never renamed or reused.
"""

from dataclasses import dataclass
from enum import StrEnum


class Event(StrEnum):
    """Everything that leaves an audit entry, in alphabetical order."""

    ADMIN_MADE = "admin:made"
    ADMIN_UNMADE = "admin:unmade"
    APP_ADDED = "app:added"
    APP_OPENED = "app:opened"
    APP_REFUSED = "app:refused"
    APP_REMOVED = "app:removed"
    BANNER_DISMISSED = "banner:dismissed"
    DEVDATA_BEGUN = "devdata:begun"
    DEVDATA_FINISHED = "devdata:finished"
    FORMAT_ADDED = "format:added"
    FORMAT_REMOVED = "format:removed"
    INVITATION_MADE = "invitation:made"
    INVITATION_WITHDRAWN = "invitation:withdrawn"
    KEY_CHANGED = "key:changed"
    KEY_DELETED = "key:deleted"
    KEY_DOWNLOADED = "key:downloaded"
    KEY_HANDED_OVER = "key:handed-over"
    KEY_ISSUED = "key:issued"
    KEY_PAUSED = "key:paused"
    KEY_OVERLAP_ENDED = "key:overlap-ended"
    KEY_RENAMED = "key:renamed"
    KEY_RESERVED = "key:reserved"
    KEY_RESUMED = "key:resumed"
    KEY_REVOKED = "key:revoked"
    KEY_ROTATED = "key:rotated"
    PASSWORD_CHANGED = "password:changed"  # noqa: S105
    PASSWORD_REFUSED = "password:refused"  # noqa: S105
    PERSON_CREATED = "person:created"
    PERSON_DELETED = "person:deleted"
    PERSON_DISABLED = "person:disabled"
    PERSON_ENABLED = "person:enabled"
    SESSION_ENDED = "session:ended"
    SIGN_IN_REFUSED = "sign-in:refused"
    SIGNED_IN = "person:signed-in"
    SIGNED_OUT = "person:signed-out"
    SITE_CHANGED = "site:changed"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something: a person in the browser, the shell, or the portal itself."""

    label: str
    person_id: int | None = None
    address: str | None = None


SHELL = Actor("shell")
PORTAL = Actor("portal")
