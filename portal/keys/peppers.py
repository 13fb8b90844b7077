"""The peppers of an installation: numbered secrets that turn a token into the digest that is stored."""

import hashlib
import hmac
from dataclasses import dataclass

from portal.keys.token import digest


@dataclass(frozen=True, slots=True)
class Peppers:
    """All peppers by number. The highest number is used for new keys; the others still verify old ones."""

    by_number: dict[int, bytes]

    @property
    def current(self) -> int:
        """The number under which new tokens are stored."""
        return max(self.by_number)

    def digests(self, token: str) -> list[tuple[int, bytes]]:
        """Return (number, digest) for every pepper, the current one first."""
        return [(number, digest(token, self.by_number[number])) for number in sorted(self.by_number, reverse=True)]

    def fingerprints(self) -> dict[int, bytes]:
        """Return for each number what tells its pepper apart, and gives nothing of it away."""
        return {
            number: hmac.digest(pepper, b"portal pepper fingerprint", hashlib.sha256)[:16]
            for number, pepper in self.by_number.items()
        }

    def __repr__(self) -> str:
        return f"<Peppers {sorted(self.by_number)}>"
