"""Why a key was revoked, as its owner reads it."""

from portal.keys.token import LOOSE_PATTERN

REASON_LIMIT = 200


class InvalidReason(ValueError):
    """The text is too long, or holds what cannot be seen."""


def clean_reason(text: str | None) -> str | None:
    """Return the reason as it is kept: a token or half of one is taken out, as people paste what leaked.

    Raises:
        InvalidReason: it is too long, or a character of it cannot be seen.

    """
    if text is None:
        return None
    if len(text) > REASON_LIMIT or not text.isprintable():
        raise InvalidReason
    return LOOSE_PATTERN.sub("[API key]", text)
