"""What is known of a request, and what the protected API says that it needs."""

from enum import StrEnum
from typing import NamedTuple

TEXT_LIMIT = 512


class Access(StrEnum):
    """What the request does with the data."""

    READ = "read"
    WRITE = "write"


class Facts(NamedTuple):
    """What is known of a request. None is "not known", never "anything goes"; no text is longer than `TEXT_LIMIT`.

    `address` is canonical. `resource` and `access` are what the protected API says that the request needs, `any_key`
    says that it needs no more than a living key; an API that says none of them leaves it to the key's rules.
    `path` is what the records show where no resource was named; it comes last, and no rule reads it.
    """

    address: str | None = None
    origin: str | None = None
    referer: str | None = None
    method: str | None = None
    resource: str | None = None
    access: Access | None = None
    any_key: bool = False
    path: str | None = None
