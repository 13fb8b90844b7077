"""The values of a verification: what is known of a request, what is stored of a key, and the verdict."""

from enum import StrEnum
from typing import NamedTuple

from portal.verification.reasons import Reason

TEXT_LIMIT = 512


class Access(StrEnum):
    """What the request does with the data."""

    READ = "read"
    WRITE = "write"


class Facts(NamedTuple):
    """What is known of a request. None is "not known", never "anything goes"; no text is longer than `TEXT_LIMIT`.

    `address` is canonical; `resource` is the name that the protected API gave, or else the path without its query.
    """

    address: str | None = None
    origin: str | None = None
    referer: str | None = None
    method: str | None = None
    resource: str | None = None
    access: Access | None = None


class KeyRow(NamedTuple):
    """All that the verdict reads of a key, its secret, its owner and its sign-in. Times are milliseconds since 1970."""

    key_id: int
    public_id: str
    name: str
    kind: str
    owner_id: int
    user: str
    revoked_at: int | None
    paused_at: int | None
    secret_ends_at: int | None
    owner_disabled_at: int | None
    sign_in_ended_at: int | None
    sign_in_ends_at: int | None
    not_before: int | None
    expires_at: int | None


class Allowed(NamedTuple):
    """The request may pass, on account of this key."""

    key: KeyRow


class Refused(NamedTuple):
    """The request may not pass. `key` is None when it is not known which key was meant."""

    reason: Reason
    key: KeyRow | None = None


Verdict = Allowed | Refused
