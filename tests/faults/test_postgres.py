"""PostgreSQL is stopped, restarted and frozen under a portal that is asked all the time."""

import time

import pytest

from portal.postgres import NoAnswer
from portal.postgres_pool import REST_SECONDS, Pool
from portal.verification.store_postgres import WAIT_SECONDS
from script.benches import faults_postgres
from tests.faults.conftest import must_hold
from tests.support import postgres

pytestmark = pytest.mark.server


def test_without_postgresql_nobody_is_let_in_and_all_heals(tmp_path, postgres_server):
    must_hold(faults_postgres.measure(tmp_path, postgres_server, times=1))


@pytest.mark.parametrize("is_known", [True, False])
def test_a_server_that_lets_nobody_in_is_known_to_be_silent_within_2_seconds(postgres_server, is_known):
    pool = Pool(f"host={postgres_server} user=portal dbname=postgres", seconds=WAIT_SECONDS)
    if is_known:
        with pool.borrow() as connection:
            connection.execute("SELECT 1")

    with postgres.frozen(postgres_server):
        begun = time.monotonic()
        with pytest.raises(NoAnswer), pool.borrow() as connection:
            connection.execute("SELECT 1")
        waited = time.monotonic() - begun

    time.sleep(REST_SECONDS)
    with pool.borrow() as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    pool.close()
    assert waited < 2
