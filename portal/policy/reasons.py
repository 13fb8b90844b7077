"""Every reason for which a request is refused: a slug that the API, the records, the pages and the docs share."""

from enum import StrEnum


class Reason(StrEnum):
    """Why a request may not pass. `status` is its HTTP status, `headline` and `detail` say it to people, in ASCII.

    400: the request cannot be taken as it is. 401: the key itself is no good. 403: the key is good, but not for this.
    429: too much of it.
    """

    status: int
    headline: str
    detail: str

    def __new__(cls, slug: str, status: int, headline: str, detail: str) -> "Reason":
        """Make a member that is its slug and knows what else belongs to it."""
        member = str.__new__(cls, slug)
        member._value_ = slug
        member.status, member.headline, member.detail = status, headline, detail
        return member

    KEY_IN_URL = (
        "key-in-url", 400, "API key in the address",
        "An address ends up in logs and histories. Send the key in a header, and rotate this one: it was seen.",
    )  # fmt: skip
    AMBIGUOUS = ("ambiguous", 400, "Two API keys", "This request carries two different keys. Send one of them.")
    MISSING = (
        "missing", 401, "No API key",
        "This request carries no API key. Send one as a Bearer token, or as the password of the Basic user apikey.",
    )  # fmt: skip
    MALFORMED = (
        "malformed", 401, "Not an API key",
        "What was sent is not an API key: it is mistyped, cut off, or in a form that is not known here.",
    )  # fmt: skip
    UNKNOWN = ("unknown", 401, "Unknown API key", "No key of this installation is the one that was sent.")
    REVOKED = ("revoked", 401, "API key revoked", "This key was revoked for good. Generate another one.")
    PAUSED = ("paused", 401, "API key paused", "This key is paused. It works again when it is resumed.")
    REPLACED = (
        "replaced", 401, "API key replaced",
        "This key was rotated and its old secret has ended. Use the new one.",
    )  # fmt: skip
    OWNER_DISABLED = ("owner-disabled", 401, "Account disabled", "The account that this key belongs to is disabled.")
    NOT_YET_VALID = ("not-yet-valid", 401, "API key not yet valid", "This key does not work before its first day.")
    EXPIRED = ("expired", 401, "API key expired", "This key has expired. Generate another one.")
    ADDRESS_NOT_ALLOWED = (
        "address-not-allowed", 403, "Address not allowed",
        "This key may not be used from this address. Its owner can change its networks.",
    )  # fmt: skip
    ORIGIN_NOT_ALLOWED = (
        "origin-not-allowed", 403, "Origin not allowed",
        "This key may not be used from here: its owner can change its caller origin, native clients or web hosts.",
    )  # fmt: skip
    RESOURCE_NOT_ALLOWED = (
        "resource-not-allowed", 403, "Resource not allowed",
        "This key does not open this resource. Its owner can add it to the key's list.",
    )  # fmt: skip
    DATA_ACCESS_DENIED = (
        "data-access-denied", 403, "Data access denied", "This key does not allow this kind of access to the data.",
    )  # fmt: skip
    RATE_LIMITED = (
        "rate-limited",
        429,
        "Too many requests",
        "This key is used too fast. Try again after as many seconds as Retry-After says.",
    )
    QUOTA_EXCEEDED = (
        "quota-exceeded",
        429,
        "Quota used up",
        "The quota of this key is used up. It begins anew after as many seconds as Retry-After says.",
    )
    TOO_MANY_REFUSALS = (
        "too-many-refusals", 429, "Too many refused keys",
        "Too many keys from this address were no good. Wait a minute, and mend the one that is sent.",
    )  # fmt: skip
