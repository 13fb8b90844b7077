"""Opens the verifier of a process from its settings."""

import threading
from pathlib import Path

from portal.config import Settings
from portal.data_folder import DataFolder
from portal.keys.peppers import Peppers
from portal.usage.recorder import UsageRecorder
from portal.verification.limiter import Limiter, RateCounter
from portal.verification.quota_sqlite import SqliteQuotas
from portal.verification.rates_memory import RatesInMemory
from portal.verification.store_cached import CachedStore
from portal.verification.verifier import Verifier

_opened: dict[Path, Verifier] = {}
_opening = threading.Lock()


def open_verifier(settings: Settings) -> Verifier:
    """Return the verifier of this process for the data folder in `settings`; the lane and the guard share it.

    Raises:
        CannotStart: the data folder holds no peppers that can be read.

    """
    folder = DataFolder(settings.data_dir.resolve())
    with _opening:
        if folder.path not in _opened:
            _opened[folder.path] = _verifier(folder, settings)
        return _opened[folder.path]


def _verifier(folder: DataFolder, settings: Settings) -> Verifier:
    peppers = Peppers(folder.read_peppers())
    limiter = Limiter(_rates(settings, peppers), SqliteQuotas(folder.database))
    return Verifier(CachedStore(folder.database), peppers, UsageRecorder(folder.database), limiter)


def _rates(settings: Settings, peppers: Peppers) -> RateCounter:
    """Return the counter of rates; portals that share one Redis are told apart by their first pepper."""
    if settings.redis_url is None:
        return RatesInMemory()
    from portal.verification.rates_redis import RatesInRedis  # noqa: PLC0415  # 6 MB that only Redis needs

    first = min(peppers.by_number)
    return RatesInRedis(settings.redis_url.get_secret_value(), f"portal:{peppers.fingerprints()[first].hex()}")
