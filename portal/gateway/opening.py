"""Opens the verifier of a process from its settings."""

import threading
from pathlib import Path

from portal.config import Settings
from portal.data_folder import DataFolder
from portal.keys.peppers import Peppers
from portal.usage.recorder import UsageRecorder
from portal.verification.limiter import Limiter
from portal.verification.quota_sqlite import SqliteQuotas
from portal.verification.rates_memory import RatesInMemory
from portal.verification.store_sqlite import SqliteStore
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
            _opened[folder.path] = _verifier(folder)
        return _opened[folder.path]


def _verifier(folder: DataFolder) -> Verifier:
    peppers = Peppers(folder.read_peppers())
    limiter = Limiter(RatesInMemory(), SqliteQuotas(folder.database))
    return Verifier(SqliteStore(folder.database), peppers, UsageRecorder(folder.database), limiter)
