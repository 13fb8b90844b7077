"""The name of a key: what may be one, and when two are the same."""

import unicodedata

from portal.keys.token import PATTERN

NAME_LIMIT = 64

# Characters that show nothing or turn the text around: an admin could revoke the wrong key because of them.
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_JOINERS = {"\u200c", "\u200d"}  # Persian words, Indic letters and many emoji need them
_BLANK = {"\u115f", "\u1160", "\u2800", "\u3164", "\uffa0"}


class InvalidName(ValueError):
    """The text cannot name a key; `reason` is a slug: empty, too-long, unprintable or secret."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def clean_name(text: str) -> str:
    """Return `text` in NFC with runs of blanks made one.

    Raises:
        InvalidName: nothing visible is left, it is longer than 64 characters, a character in it is a control, a
            bidirectional override or another that cannot be seen, or someone pasted a token into it.

    """
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if any(unicodedata.category(character) in _INVISIBLE for character in name if character not in _JOINERS):
        raise InvalidName("unprintable")
    if PATTERN.search(name):
        raise InvalidName("secret")
    if not name or all(_is_blank(character) for character in name):
        raise InvalidName("empty")
    if len(name) > NAME_LIMIT:
        raise InvalidName("too-long")
    return name


def fold_name(name: str) -> str:
    """Return the form in which two names that a person takes for the same are equal."""
    seen = "".join(character for character in name if character not in _JOINERS)
    return unicodedata.normalize("NFKC", seen).casefold()


def _is_blank(character: str) -> bool:
    return character.isspace() or character in _BLANK | _JOINERS or unicodedata.category(character).startswith("M")
