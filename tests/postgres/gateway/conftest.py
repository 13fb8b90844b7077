"""The fixtures of the lane's tests, with the other door: the lane on RSGI, which looks up in PostgreSQL by batches."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from portal.config import Settings
from portal.gateway.lane import Lane
from portal.gateway.lane_rsgi import RsgiLane
from portal.keys.peppers import Peppers
from portal.postgres_pool import Pool
from portal.usage.recorder import UsageRecorder
from portal.verification.limiter import Limiter
from portal.verification.quota_postgres import PostgresQuotas
from portal.verification.rates_memory import RatesInMemory
from portal.verification.store_batched import BatchedStore
from portal.verification.store_postgres import PostgresStore
from portal.verification.verifier import Verifier
from tests.gateway.conftest import lane, make_lane, verify  # noqa: F401  # fixtures
from tests.support.rsgi import RsgiDoor


@pytest.fixture
def verifier(address: str, peppers: Peppers, recorder: UsageRecorder) -> Iterator[Verifier]:
    pool = Pool(address)
    yield Verifier(PostgresStore(pool), peppers, recorder, Limiter(RatesInMemory(), PostgresQuotas(pool.borrow)))
    pool.close()


@pytest.fixture
def open_door(address: str) -> Iterator[Callable[..., Any]]:
    doors: list[RsgiDoor] = []

    def open_one(verifier: Verifier, settings: Settings, service_token: str, **options: Any) -> RsgiDoor:
        on_wsgi = Lane(verifier, settings, service_token)
        doors.append(RsgiDoor(RsgiLane(on_wsgi, verifier, BatchedStore(address), **options)))
        return doors[-1]

    yield open_one
    for door in doors:
        door.close()
