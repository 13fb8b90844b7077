"""The reasons for which a request is refused, in the portal's words. A test of the portal holds the two together."""

from typing import NamedTuple


class Reason(NamedTuple):
    """The status of a refusal, its headline, and what to do about it."""

    status: int
    headline: str
    detail: str


REASONS = {
    "key-in-url": Reason(
        400, "API key in the address",
        "An address ends up in logs and histories. Send the key in a header, and rotate this one: it was seen.",
    ),
    "ambiguous": Reason(400, "Two API keys", "This request carries two different keys. Send one of them."),
    "missing": Reason(
        401, "No API key",
        "This request carries no API key. Send one as a Bearer token, or as the password of the Basic user apikey.",
    ),
    "malformed": Reason(
        401, "Not an API key",
        "What was sent is not an API key: it is mistyped, cut off, or in a form that is not known here.",
    ),
    "unknown": Reason(401, "Unknown API key", "No key of this installation is the one that was sent."),
    "revoked": Reason(401, "API key revoked", "This key was revoked for good. Generate another one."),
    "paused": Reason(401, "API key paused", "This key is paused. It works again when it is resumed."),
    "replaced": Reason(
        401, "API key replaced", "This key was rotated and its old secret has ended. Use the new one."
    ),
    "owner-disabled": Reason(401, "Account disabled", "The account that this key belongs to is disabled."),
    "not-yet-valid": Reason(401, "API key not yet valid", "This key does not work before its first day."),
    "expired": Reason(401, "API key expired", "This key has expired. Generate another one."),
    "address-not-allowed": Reason(
        403, "Address not allowed", "This key may not be used from this address. Its owner can change its networks."
    ),
    "origin-not-allowed": Reason(
        403, "Origin not allowed",
        "This key may not be used from here: its owner can change its caller origin, native clients or web hosts.",
    ),
    "resource-not-allowed": Reason(
        403, "Resource not allowed", "This key does not open this resource. Its owner can add it to the key's list."
    ),
    "data-access-denied": Reason(
        403, "Data access denied", "This key does not allow this kind of access to the data."
    ),
    "rate-limited": Reason(
        429, "Too many requests", "This key is used too fast. Try again after as many seconds as Retry-After says."
    ),
    "quota-exceeded": Reason(
        429, "Quota used up",
        "The quota of this key is used up. It begins anew after as many seconds as Retry-After says.",
    ),
    "too-many-refusals": Reason(
        429, "Too many refused keys",
        "Too many keys from this address were no good. Wait a minute, and mend the one that is sent.",
    ),
}  # fmt: skip

RIGHTS = {
    "read": "This key has no right to read data. Its owner can give it Read only, or Read & write.",
    "write": "This key has no right to write data. Its owner can give it Read & write.",
}
