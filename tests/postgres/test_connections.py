"""A PostgreSQL that is restarted, frozen or locked: nobody waits for ever, and it heals at once."""

import threading
import time
from contextlib import closing

import psycopg
import pytest
from sqlalchemy.exc import OperationalError

from portal import postgres, postgres_pool
from portal.errors import Unavailable
from portal.postgres import Lock, NoAnswer, Turn, connect, held
from portal.postgres_pool import Pool
from portal.verification.store_postgres import PostgresStore
from portal.web.unit_of_work import reading, stop_reading, writing
from tests.support.patience import wait_for

OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


@pytest.fixture
def pool(address):
    pool = Pool(address, most=2)
    yield pool
    pool.close()


@pytest.fixture
def restart(address):
    """Have the server end every connection to the test's database, as a restart does."""

    def do():
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(f"SELECT pg_terminate_backend(pid) {OTHERS}")
            while connection.execute(f"SELECT count(*) {OTHERS}").fetchone() != (0,):
                time.sleep(0.01)

    return do


def ask(pool, statement="SELECT 1"):
    with pool.borrow() as connection:
        return connection.execute(statement).fetchone()


def test_a_pool_opens_no_more_than_it_may_and_keeps_what_it_opened(pool):
    with pool.borrow() as one, pool.borrow() as other:
        assert one is not other
        with pytest.raises(NoAnswer, match="in use for too long"):
            ask(pool)
    with pool.borrow() as again:
        assert again in {one, other}


def test_after_a_restart_no_request_fails(pool, restart):
    with pool.borrow(), pool.borrow():
        pass
    restart()
    assert [ask(pool) for _ in range(3)] == [(1,)] * 3


def test_a_look_up_whose_connection_is_ended_under_it_is_asked_again(pool, address):
    assert PostgresStore(pool).look_up(b"x" * 32) is None
    with pool.borrow() as connection:
        pid = connection.info.backend_pid
    with psycopg.connect(address, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", (pid,))
    assert PostgresStore(pool).look_up(b"x" * 32) is None


def test_a_server_that_is_silent_is_waited_for_shortly_and_then_left_alone_for_a_second(address, monkeypatch):
    monkeypatch.setattr(postgres_pool, "REST_SECONDS", 0.5)
    pool = Pool(address)
    with pool.borrow() as connection:
        connection.patience = 0.2
        connection.execute("SET statement_timeout = 0")
    begun = time.monotonic()
    with pytest.raises(NoAnswer):
        ask(pool, "SELECT pg_sleep(5)")
    assert 0.2 <= time.monotonic() - begun < 1
    begun = time.monotonic()
    with pytest.raises(Unavailable):
        PostgresStore(pool).look_up(b"x" * 32)
    assert time.monotonic() - begun < 0.05
    time.sleep(0.5)
    assert ask(pool) == (1,)
    pool.close()


def test_a_statement_that_takes_too_long_is_ended_by_the_server_and_spoils_nothing(address):
    pool = Pool(address, seconds=0.2)
    with pytest.raises(psycopg.errors.QueryCanceled):
        ask(pool, "SELECT pg_sleep(5)")
    assert ask(pool) == (1,)
    pool.close()


def test_where_nobody_listens_it_is_said_at_once(tmp_path):
    begun = time.monotonic()
    with pytest.raises(Unavailable):
        PostgresStore(Pool(f"host={tmp_path} dbname=portal")).look_up(b"x" * 32)
    assert time.monotonic() - begun < 1


def test_a_page_reads_one_snapshot_and_can_write_nothing_by_the_way(app):
    from sqlalchemy import text

    with app.app_context():
        assert reading().execute(text("SHOW transaction_isolation")).scalar() == "repeatable read"
        assert reading().execute(text("SHOW transaction_read_only")).scalar() == "on"
        stop_reading()
        with writing() as session:
            assert session.execute(text("SHOW transaction_read_only")).scalar() == "off"
            assert session.execute(text("SHOW transaction_isolation")).scalar() == "read committed"


def test_a_lock_that_is_held_for_too_long_ends_the_wait(app, engine, alice):
    from sqlalchemy import text

    with engine.begin() as other:
        other.execute(text("SELECT 1 FROM person FOR UPDATE"))
        begun = time.monotonic()
        with app.app_context(), pytest.raises(OperationalError, match="lock timeout"), writing() as session:
            session.execute(text("UPDATE person SET is_admin = true"))
    assert 2 < time.monotonic() - begun < 5


def test_a_page_after_a_restart_is_answered(visit, alice, restart, session):
    visitor = visit(alice)
    session.close()
    restart()
    assert visitor.get("/profile").status_code == 200


def test_who_waits_for_a_lock_gets_it_when_it_is_given_back_and_is_told_when_it_is_not(address):
    order = []

    def wait():
        with held(address, Lock.PREPARE, 5):
            order.append("second")

    with held(address, Lock.PREPARE, 5):
        waiting = threading.Thread(target=wait)
        waiting.start()
        with pytest.raises(psycopg.errors.LockNotAvailable), held(address, Lock.PREPARE, 0.2):
            pass
        order.append("first")
    waiting.join()
    assert order == ["first", "second"]


def test_of_two_one_has_the_turn_and_the_other_has_it_when_its_connection_dies(address, restart):
    first, second = Turn(address, Lock.TICK), Turn(address, Lock.TICK)
    assert [first.take(), second.take(), first.take()] == [True, False, True]
    restart()
    with pytest.raises(psycopg.Error):
        second.take()
    wait_for(second.take)
    with pytest.raises(psycopg.Error):
        first.take()
    assert not first.take()
    second.release()
    wait_for(first.take)
    first.release()


def test_a_server_that_the_portal_cannot_live_in_is_told(socket, address):
    with closing(connect(address, seconds=2)) as connection:
        assert postgres.unfit(connection) is None
        connection.execute("SET default_transaction_read_only = on")
        assert postgres.unfit(connection) == "it can only be read"


def test_a_text_with_a_nul_in_it_is_found_nowhere_and_fails_nothing(address):
    with closing(connect(address, seconds=2)) as connection:
        found = connection.execute("SELECT count(*) FROM person WHERE email = %s", ("a\0b",)).fetchone()
    assert found == (0,)
