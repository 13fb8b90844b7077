"""Passwords: hashed by bcrypt, checked for strength by zxcvbn. All of it is slow: never in a transaction.

A flood of sign-ins must not take every core from the pages and the verification lane: bcrypt stands behind a gate.
"""

import base64
import hashlib
import hmac
import os
import unicodedata

import bcrypt
from zxcvbn import zxcvbn

from portal.accounts.gate import Gate

SHORTEST = 10
LONGEST = 128
ROUNDS = 12
GATE = Gate(at_once=max(1, (os.cpu_count() or 1) // 2), waiting=16)  # who comes last on two cores waits four seconds

# bcrypt reads 72 bytes and stops at a NUL, so it gets a digest of the whole password. The key sets these digests apart
# from plain ones that leaked elsewhere ("password shucking").
_DOMAIN = b"api-credentials-portal password 1"
_GUESSABLE_BELOW = 3
_ZXCVBN_READS = 30  # its time grows steeply with digits and signs that stand for letters
_NOBODY = bcrypt.gensalt(ROUNDS) + b"." * 31  # what no password opens, and as slow to find out as any


def hash_password(password: str) -> bytes:
    """Return the bcrypt hash of `password`, of any length. Takes about a quarter of a second.

    Raises:
        TooBusy: too many passwords came at once.

    """
    return GATE.do(lambda: bcrypt.hashpw(_whole(password), bcrypt.gensalt(ROUNDS)))


def matches(password: str, password_hash: bytes | None) -> bool:
    """Return whether `password` opens `password_hash`; takes as long when there is no hash, and is then False.

    Raises:
        TooBusy: too many passwords came at once.

    """
    opens = GATE.do(lambda: bcrypt.checkpw(_whole(password), password_hash or _NOBODY))
    return opens and password_hash is not None


def weakness(password: str, email: str) -> str | None:
    """Return why `password` must not guard the account of `email` (too-short, too-long, guessable), or None."""
    if len(password) < SHORTEST:
        return "too-short"
    if len(password) > LONGEST:
        return "too-long"
    known = [email, *email.replace("@", ".").split(".")]
    score: int = zxcvbn(password[:_ZXCVBN_READS], user_inputs=known)["score"]
    return "guessable" if score < _GUESSABLE_BELOW else None


def _whole(password: str) -> bytes:
    normal = unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
    return base64.b64encode(hmac.digest(_DOMAIN, normal, hashlib.sha256))
