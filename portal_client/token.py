"""The form of the portal's keys, so that one can be told from other text without asking.

A key is `prefix_` and ten characters, `_`, and thirty of secret and six of checksum: the CRC-32 of all before it, in
base62. See the portal's docs/adr/0002-token.md.
"""

import re
import string
import zlib

PATTERN = re.compile(r"[a-z][a-z0-9]{1,15}_[0-9A-Za-z]{10}_[0-9A-Za-z]{36}")

_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_CHECKSUM_LENGTH = 6


def is_key(text: str) -> bool:
    """Return whether `text` has the form and the checksum of a key."""
    if not PATTERN.fullmatch(text):
        return False
    return _checksum(text[:-_CHECKSUM_LENGTH]) == text[-_CHECKSUM_LENGTH:]


def _checksum(body: str) -> str:
    rest, letters = zlib.crc32(body.encode()), ""
    for _ in range(_CHECKSUM_LENGTH):
        rest, letter = divmod(rest, len(_ALPHABET))
        letters = _ALPHABET[letter] + letters
    return letters
