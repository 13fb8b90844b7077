"""The verifier of an installation, as a process of the portal opens it, for one test."""

from collections.abc import Iterator
from contextlib import contextmanager

from portal.config import Settings
from portal.data_folder import DataFolder
from portal.keys.peppers import Peppers
from portal.postgres_pool import Pool
from portal.usage.recorder import UsageRecorder
from portal.usage.sink_postgres import PostgresSink
from portal.usage.sink_sqlite import SqliteSink
from portal.verification.limiter import Limiter
from portal.verification.quota_postgres import PostgresQuotas
from portal.verification.rates_memory import RatesInMemory
from portal.verification.rates_redis import RatesInRedis
from portal.verification.store_postgres import PostgresStore
from portal.verification.store_sqlite import SqliteStore
from portal.verification.verifier import Verifier
from tests.support.limiter import make_limiter


@contextmanager
def verifying(settings: Settings, peppers: Peppers) -> Iterator[tuple[Verifier, UsageRecorder]]:
    """Give the verifier of `settings`, and its recorder, which flushes when it is told to and at the end."""
    folder, address = DataFolder(settings.data_dir), settings.postgres_address
    if address is None:
        recorder = UsageRecorder(SqliteSink(folder.database), every_seconds=3600)
        yield Verifier(SqliteStore(folder.database), peppers, recorder, make_limiter(folder.database)), recorder
        recorder.close()
        return
    pool, recorder = Pool(address), UsageRecorder(PostgresSink(address), every_seconds=3600)
    redis = settings.redis_url
    rates = RatesInMemory() if redis is None else RatesInRedis(redis.get_secret_value(), "test")
    yield Verifier(PostgresStore(pool), peppers, recorder, Limiter(rates, PostgresQuotas(pool.borrow))), recorder
    recorder.close()
    pool.close()
