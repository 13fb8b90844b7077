"""Opens the verifier of a process from its settings."""

import threading
from pathlib import Path

from portal.config import Settings
from portal.data_folder import DataFolder
from portal.keys.peppers import Peppers
from portal.usage.recorder import UsageRecorder
from portal.usage.sink_sqlite import SqliteSink
from portal.usage.spool import Spool
from portal.verification.limiter import Limiter, RateCounter
from portal.verification.quota_sqlite import SqliteQuotas
from portal.verification.rates_memory import RatesInMemory
from portal.verification.store_cached import CachedStore
from portal.verification.verifier import Verifier

_opened: dict[tuple[Path, str | None], Verifier] = {}
_opening = threading.Lock()


def open_verifier(settings: Settings) -> Verifier:
    """Return the verifier of this process for the installation of `settings`; the lane and the guard share it.

    Raises:
        CannotStart: the data folder holds no peppers that can be read, or its database was moved to PostgreSQL.

    """
    folder = DataFolder(settings.data_dir.resolve())
    which = (folder.path, settings.postgres_address)
    with _opening:
        if which not in _opened:
            _opened[which] = _verifier(folder, settings)
        return _opened[which]


def _verifier(folder: DataFolder, settings: Settings) -> Verifier:
    peppers = Peppers(folder.read_peppers())
    rates, address = _rates(settings, peppers), settings.postgres_address
    if address is not None:
        return _on_postgres(address, folder, peppers, rates)
    folder.check_not_moved()
    store, recorder = CachedStore(folder.database), UsageRecorder(SqliteSink(folder.database), Spool(folder.usage))
    return Verifier(store, peppers, recorder, Limiter(rates, SqliteQuotas(folder.database)))


def _on_postgres(address: str, folder: DataFolder, peppers: Peppers, rates: RateCounter) -> Verifier:
    from portal.postgres_pool import Pool  # noqa: PLC0415  # 8 MB that only PostgreSQL needs
    from portal.usage.sink_postgres import PostgresSink  # noqa: PLC0415
    from portal.verification.quota_postgres import PostgresQuotas  # noqa: PLC0415
    from portal.verification.store_postgres import WAIT_SECONDS, PostgresStore  # noqa: PLC0415

    pool, recorder = Pool(address, seconds=WAIT_SECONDS), UsageRecorder(PostgresSink(address), Spool(folder.usage))
    return Verifier(PostgresStore(pool), peppers, recorder, Limiter(rates, PostgresQuotas(pool.borrow)))


def _rates(settings: Settings, peppers: Peppers) -> RateCounter:
    """Return the counter of rates; portals that share one Redis are told apart by their first pepper."""
    if settings.redis_url is None:
        return RatesInMemory()
    from portal.verification.rates_redis import RatesInRedis  # noqa: PLC0415  # 6 MB that only Redis needs

    first = min(peppers.by_number)
    return RatesInRedis(settings.redis_url.get_secret_value(), f"portal:{peppers.fingerprints()[first].hex()}")
