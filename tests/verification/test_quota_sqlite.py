"""A quota in SQLite: exact over threads, processes and restarts."""

import subprocess
import sys
import threading
from datetime import UTC, datetime

import pytest

from portal import sqlite
from portal.clock import to_milliseconds
from portal.config import ROOT
from portal.errors import Unavailable
from portal.policy.limits import LimitState, Quota
from portal.policy.reasons import Reason
from portal.verification.quota_sqlite import SqliteQuotas
from portal.verification.quotas import REMEMBERED_MS

NOON = to_milliseconds(datetime(2026, 11, 21, 12, tzinfo=UTC))
HOUR = 3_600_000


@pytest.fixture
def key_id(issue, alice):
    return issue(alice)[0].id


@pytest.fixture
def database(folder, key_id):
    return folder.database


@pytest.fixture
def quotas(database):
    return SqliteQuotas(database)


@pytest.fixture
def rows(database):
    def read():
        connection = sqlite.connect(database, read_only=True)
        found = connection.execute('SELECT "window", used FROM quota ORDER BY "window"').fetchall()
        connection.close()
        return found

    return read


def read_all(*texts):
    return [Quota.read(text) for text in texts]


def test_as_many_pass_as_the_quota_says_and_no_more(quotas, key_id):
    reasons = [quotas.spend(key_id, read_all("2/day"), NOON + moment).reason for moment in range(4)]

    assert reasons == [None, None, Reason.QUOTA_EXCEEDED, Reason.QUOTA_EXCEEDED]


def test_the_state_says_what_is_left_until_the_window_ends(quotas, key_id):
    spent = quotas.spend(key_id, read_all("5/day"), NOON + 1)

    assert spent.states == (LimitState("quota", 5, 86_400, remaining=4, reset_seconds=12 * 3600),)


def test_a_refusal_says_when_the_window_ends_also_from_memory(quotas, key_id):
    quotas.spend(key_id, read_all("1/day"), NOON)
    refusals = [quotas.spend(key_id, read_all("1/day"), NOON + 500) for _ in range(2)]

    assert refusals == [(Reason.QUOTA_EXCEEDED, (LimitState("quota", 1, 86_400, 0, 12 * 3600),))] * 2


def test_a_new_day_begins_at_midnight_utc(quotas, key_id):
    assert quotas.spend(key_id, read_all("1/day"), NOON).reason is None
    assert quotas.spend(key_id, read_all("1/day"), NOON + 12 * HOUR - 1).reason is Reason.QUOTA_EXCEEDED

    assert quotas.spend(key_id, read_all("1/day"), NOON + 12 * HOUR).reason is None


def test_a_restart_forgets_nothing(quotas, key_id, database):
    quotas.spend(key_id, read_all("1/month"), NOON)

    assert SqliteQuotas(database).spend(key_id, read_all("1/month"), NOON).reason is Reason.QUOTA_EXCEEDED


def test_of_several_quotas_all_must_pass_and_a_refusal_by_one_spends_none(quotas, key_id, rows):
    both = read_all("2/month", "1/day")
    first, second = (quotas.spend(key_id, both, NOON) for _ in range(2))

    assert [state.name for state in first.states] == ["quota-month", "quota-day"]
    assert (second.reason, [state.name for state in second.states]) == (Reason.QUOTA_EXCEEDED, ["quota-day"])
    assert rows() == [("2026-11", 1), ("2026-11-21", 1)]


def test_each_key_has_its_own_quota(quotas, key_id, issue, bob):
    other, _token = issue(bob)

    assert [quotas.spend(one, read_all("1/day"), NOON).reason for one in (key_id, other.id)] == [None, None]


def test_a_quota_that_was_raised_lets_more_pass_at_once(quotas, key_id):
    for _ in range(3):
        refused = quotas.spend(key_id, read_all("2/day"), NOON)
    assert refused.reason is Reason.QUOTA_EXCEEDED

    assert quotas.spend(key_id, read_all("3/day"), NOON).reason is None


def test_a_quota_that_was_lowered_below_what_was_used_refuses_with_nothing_left(quotas, key_id):
    for _ in range(3):
        quotas.spend(key_id, read_all("9/day"), NOON)

    spent = quotas.spend(key_id, read_all("2/day"), NOON)

    assert (spent.reason, spent.states[0].remaining) == (Reason.QUOTA_EXCEEDED, 0)


def test_what_is_used_up_is_asked_of_the_database_once_a_second(quotas, key_id, database):
    for _ in range(2):
        quotas.spend(key_id, read_all("1/day"), NOON)
    forgive(database)

    reasons = [quotas.spend(key_id, read_all("1/day"), NOON + moment).reason for moment in (1, 999, REMEMBERED_MS)]

    assert reasons == [Reason.QUOTA_EXCEEDED, Reason.QUOTA_EXCEEDED, None]


def test_what_is_used_up_today_is_not_held_against_tomorrow(quotas, key_id):
    midnight = NOON + 12 * HOUR
    for _ in range(2):
        quotas.spend(key_id, read_all("1/day"), midnight - 1)

    assert quotas.spend(key_id, read_all("1/day"), midnight).reason is None


def forgive(database):
    connection = sqlite.connect(database)
    with sqlite.write_transaction(connection, sqlite.WriteLock(database)):
        connection.execute("DELETE FROM quota")
    connection.close()


def test_threads_together_use_the_quota_up_exactly(quotas, key_id, rows):
    let_in = []

    def use_it():
        let_in.extend(quotas.spend(key_id, read_all("100/day"), NOON).reason is None for _ in range(20))

    run_all([threading.Thread(target=use_it) for _ in range(8)])

    assert (sum(let_in), rows()) == (100, [("2026-11-21", 100)])


def run_all(threads):
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def spenders(database, key_id, quota, number):
    command = [sys.executable, "-m", "tests.verification.quota_spender", str(database), str(key_id), quota]
    return [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) for _ in range(number)]


def test_processes_together_use_the_quota_up_exactly(database, key_id, rows):
    processes = spenders(database, key_id, "300/month", 3)

    let_in = [process.communicate(timeout=60)[0].count(b"+") for process in processes]

    assert [process.returncode for process in processes] == [0, 0, 0]
    assert sum(let_in) == 300 == rows()[0][1]


def test_a_process_that_is_killed_loses_nothing_of_what_it_answered(database, key_id, rows):
    (process,) = spenders(database, key_id, "1000000/month", 1)
    answered = len([process.stdout.readline() for _ in range(30)])
    process.kill()
    answered += process.communicate(timeout=60)[0].count(b"+")

    assert rows()[0][1] - answered in {0, 1}  # one may have been written and not yet answered


def test_a_database_that_is_gone_is_unavailable_and_lets_nobody_in(quotas, key_id, database):
    for file in database.parent.glob("portal.db*"):
        file.unlink()

    with pytest.raises(Unavailable):
        quotas.spend(key_id, read_all("5/day"), NOON)


def test_a_database_that_somebody_else_keeps_writing_is_unavailable_and_serves_again_later(
    quotas, key_id, database, monkeypatch
):
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0)
    connection, lock = sqlite.connect(database), sqlite.WriteLock(database)
    with sqlite.write_transaction(connection, lock), pytest.raises(Unavailable):
        quotas.spend(key_id, read_all("1/day"), NOON)
    connection.close()

    assert quotas.spend(key_id, read_all("1/day"), NOON).reason is None


def test_a_key_that_is_gone_fails_alone(quotas, key_id, rows):
    with pytest.raises(Unavailable):
        quotas.spend(key_id + 999, read_all("1/day"), NOON)

    assert quotas.spend(key_id, read_all("1/day"), NOON).reason is None
    assert rows() == [("2026-11-21", 1)]
