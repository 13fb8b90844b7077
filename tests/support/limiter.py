"""The limiter of a verifier that a test makes itself."""

from pathlib import Path

from portal.verification.limiter import Limiter
from portal.verification.quota_sqlite import SqliteQuotas
from portal.verification.rates_memory import RatesInMemory


def make_limiter(database: Path = Path("there-is-none.db")) -> Limiter:
    """Return the limiter that a portal without Redis has; without a database no key has a quota."""
    return Limiter(RatesInMemory(), SqliteQuotas(database))
