"""The token: the secret string that a program sends.

    ptl_7Hq2Wd9xKm_NotARealSecretJustAPicture0000xQ2mZa
    │   │          └ 30 characters of secret, 6 of checksum
    │   └ 10 characters that tell keys apart
    └ the installation's prefix, with a letter for every kind but the standard one

Prefix and the ten characters are the *public id*: safe to show, to log and to quote. All parts are base62 and joined by
underscores, so that a double click takes the whole. The secret has 62^30 > 2^178 possibilities. The checksum is the
CRC-32 of everything before it, in base62: a mistyped token is refused without asking the database, and a scanner can
tell a token from noise. What is stored is the HMAC-SHA-256 of the token under a pepper that lies outside the database;
a random token needs no slow hash. See docs/adr/0002-token.md.
"""

import hashlib
import hmac
import re
import secrets
import string
import zlib
from dataclasses import dataclass

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
PUBLIC_LENGTH = 10
SECRET_LENGTH = 30
CHECKSUM_LENGTH = 6
_PAIRS = [first + last for first in ALPHABET for last in ALPHABET]  # the digits to base 3844
_BLOCK = 64  # bytes, of SHA-256
KIND_LETTERS = {"standard": "", "management": "m", "session": "s", "app": "a"}

PATTERN = re.compile(
    rf"[a-z][a-z0-9]{{1,15}}_[0-9A-Za-z]{{{PUBLIC_LENGTH}}}_[0-9A-Za-z]{{{SECRET_LENGTH + CHECKSUM_LENGTH}}}"
)
# A public id and at least the beginning of its secret: half a token, as a hasty hand marks it.
LOOSE_PATTERN = re.compile(rf"([a-z][a-z0-9]{{1,15}}_[0-9A-Za-z]{{{PUBLIC_LENGTH}}})_[0-9A-Za-z]+")


@dataclass(frozen=True, slots=True)
class Token:
    """A well-formed token; its `repr` shows the public id only."""

    public_id: str
    secret: str

    @classmethod
    def parse(cls, text: str) -> "Token | None":
        """Return the token that `text` spells, or None when its form or its checksum is wrong."""
        if not is_well_formed(text):
            return None
        public_id, _, secret = text[:-CHECKSUM_LENGTH].rpartition("_")
        return cls(public_id, secret)

    def __str__(self) -> str:
        body = f"{self.public_id}_{self.secret}"
        return body + _checksum(body)

    def __repr__(self) -> str:
        return f"<Token {self.public_id}>"


def is_well_formed(text: str) -> bool:
    """Return whether `text` spells a token: its form and its checksum are right."""
    return PATTERN.fullmatch(text) is not None and text.endswith(_checksum(text[:-CHECKSUM_LENGTH]))


def mint(prefix: str, kind: str = "standard") -> Token:
    """Return a new random token with the installation's `prefix` and the letter of `kind`."""
    return mint_for(mint_public_id(prefix, kind))


def mint_public_id(prefix: str, kind: str = "standard") -> str:
    """Return a new random public id with the installation's `prefix` and the letter of `kind`."""
    return f"{prefix}{KIND_LETTERS[kind]}_{_random(PUBLIC_LENGTH)}"


def mint_for(public_id: str) -> Token:
    """Return a new random token of the key with that public id."""
    return Token(public_id, _random(SECRET_LENGTH))


class Digester:
    """Makes digests under one pepper, as `digest` does, in half the time.

    Of HMAC's two hashes the first block of each is the same for every token, and is hashed once (RFC 2104, section 4).
    """

    def __init__(self, pepper: bytes) -> None:
        block = (hashlib.sha256(pepper).digest() if len(pepper) > _BLOCK else pepper).ljust(_BLOCK, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))

    def digest(self, token: str) -> bytes:
        """Return the 32 bytes that are stored for `token`."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(token.encode())
        outer.update(inner.digest())
        return outer.digest()


def digest(token: str, pepper: bytes) -> bytes:
    """Return the 32 bytes that are stored for `token`."""
    return hmac.digest(pepper, token.encode(), hashlib.sha256)


def _random(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def _checksum(body: str) -> str:
    rest, last = divmod(zlib.crc32(body.encode()), len(_PAIRS))
    first, middle = divmod(rest, len(_PAIRS))
    return _PAIRS[first] + _PAIRS[middle] + _PAIRS[last]
