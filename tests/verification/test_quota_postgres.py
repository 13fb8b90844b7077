"""A quota in PostgreSQL: exact over threads and processes, as the one in SQLite is."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import psycopg
import pytest

from portal.clock import to_milliseconds
from portal.errors import Unavailable
from portal.policy.limits import LimitState, Quota
from portal.policy.reasons import Reason
from portal.verification.quota_postgres import PostgresQuotas
from tests.support import postgres

pytestmark = pytest.mark.skipif(postgres.IS_MISSING, reason="no PostgreSQL: script/setup --system")
NOON = to_milliseconds(datetime(2026, 11, 21, 12, tzinfo=UTC))
KEY = 7
TABLES = """
    CREATE TABLE key (id bigint PRIMARY KEY);
    CREATE TABLE quota (key_id bigint NOT NULL REFERENCES key (id), "window" varchar NOT NULL, used bigint NOT NULL,
                        PRIMARY KEY (key_id, "window"));
    INSERT INTO key VALUES (7), (8);
"""


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """How to reach a server of this file's own."""
    with postgres.server() as folder:
        yield f"host={folder} user=portal dbname=postgres"


@pytest.fixture
def borrow(cluster):
    with psycopg.connect(cluster) as connection:
        connection.execute("DROP TABLE IF EXISTS quota, key")
        connection.execute(TABLES)

    @contextmanager
    def lend():
        with psycopg.connect(cluster) as connection:
            yield connection

    return lend


@pytest.fixture
def quotas(borrow):
    return PostgresQuotas(borrow)


def rows(borrow):
    with borrow() as connection:
        return connection.execute('SELECT "window", used FROM quota ORDER BY "window"').fetchall()


def read_all(*texts):
    return [Quota.read(text) for text in texts]


def test_as_many_pass_as_the_quota_says_and_no_more_also_after_a_restart(quotas, borrow):
    reasons = [quotas.spend(KEY, read_all("2/day"), NOON).reason for _ in range(3)]

    assert reasons == [None, None, Reason.QUOTA_EXCEEDED]
    assert PostgresQuotas(borrow).spend(KEY, read_all("2/day"), NOON) == (
        Reason.QUOTA_EXCEEDED, (LimitState("quota", 2, 86_400, 0, 12 * 3600),),
    )  # fmt: skip


def test_of_several_quotas_all_must_pass_and_a_refusal_by_one_spends_none(quotas, borrow):
    first, second = (quotas.spend(KEY, read_all("1/month", "5/day"), NOON) for _ in range(2))

    assert [(state.name, state.remaining) for state in first.states] == [("quota-day", 4), ("quota-month", 0)]
    assert (second.reason, [state.name for state in second.states]) == (Reason.QUOTA_EXCEEDED, ["quota-month"])
    assert rows(borrow) == [("2026-11", 1), ("2026-11-21", 1)]


def test_a_raised_quota_lets_more_pass_at_once_and_each_key_has_its_own(quotas):
    for _ in range(2):
        quotas.spend(KEY, read_all("1/day"), NOON)

    assert quotas.spend(KEY, read_all("2/day"), NOON).reason is None
    assert quotas.spend(KEY + 1, read_all("1/day"), NOON).reason is None


def test_many_counters_together_use_the_quota_up_exactly(borrow):
    let_in = []

    def use_it():
        quotas = PostgresQuotas(borrow)  # as another process has one
        answers = [quotas.spend(KEY, read_all("100/day", "1000/month"), NOON).reason for _ in range(20)]
        let_in.append(answers.count(None))

    threads = [threading.Thread(target=use_it) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(let_in) == 100
    assert rows(borrow) == [("2026-11", 100), ("2026-11-21", 100)]


def test_a_database_that_is_gone_and_a_key_that_is_gone_are_unavailable(quotas, tmp_path):
    with pytest.raises(Unavailable):
        quotas.spend(KEY + 999, read_all("1/day"), NOON)
    with pytest.raises(Unavailable):
        PostgresQuotas(lambda: psycopg.connect(f"host={tmp_path}")).spend(KEY, read_all("1/day"), NOON)
