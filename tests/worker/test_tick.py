import sqlite3
import time
from contextlib import closing

import pytest

from portal import sqlite
from portal.keys import journal, lifecycle
from portal.site.settings import SiteSettings
from portal.usage import census
from portal.usage.models import Census
from portal.worker import tick
from portal.worker.tick import Ticker


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(tick, "TICK_SECONDS", 0.02)


@pytest.fixture
def started(app, folder, quick):
    """Start tickers that are stopped when the test is over."""
    tickers = []

    def start():
        tickers.append(Ticker(app, folder))
        tickers[-1].start()
        return tickers[-1]

    yield start
    for ticker in tickers:
        ticker.close()


def soon(condition):
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return True


@pytest.mark.parametrize("has_bug", [True, False])
def test_what_is_written_reaches_the_database_file(folder, started, monkeypatch, has_bug):
    monkeypatch.setattr(sqlite, "has_wal_reset_bug", lambda: has_bug)
    with closing(sqlite3.connect(folder.database, isolation_level=None)) as writer:
        writer.execute("PRAGMA wal_autocheckpoint = 0")
        writer.execute("INSERT INTO site VALUES ('canary', '\"bluebird\"', 1)")
        assert b"bluebird" not in folder.database.read_bytes()

        started()

        assert soon(lambda: b"bluebird" in folder.database.read_bytes())


def test_it_leaves_the_database_alone_while_nothing_is_written(folder, started, monkeypatch):
    done, checkpoint = [], sqlite.checkpoint
    monkeypatch.setattr(sqlite, "checkpoint", lambda *where: done.append(checkpoint(*where)))
    monkeypatch.setattr(tick, "TICK_SECONDS", 0.01)
    with closing(sqlite.connect(folder.database)) as writer:
        writer.execute("INSERT INTO site VALUES ('canary', '\"bluebird\"', 1)")
        started()
        assert soon(lambda: b"bluebird" in folder.database.read_bytes())
        time.sleep(0.5)  # some fifty ticks; the first few have more to do
        before = len(done)
        assert before < 10

        writer.execute("UPDATE site SET value = '\"redbreast\"'")

        assert soon(lambda: b"redbreast" in folder.database.read_bytes())
        assert len(done) > before


def test_one_ticks_and_another_takes_over_when_it_ends(started, monkeypatch):
    ticked = []
    monkeypatch.setattr(Ticker, "_tick", lambda ticker: ticked.append(ticker))  # noqa: PLW0108  # a builtin would not be bound
    first, second = started(), started()

    soon(lambda: len(ticked) > 5)
    leader = ticked[0]
    assert set(ticked) == {leader}

    leader.close()

    assert soon(lambda: ticked[-1] is (second if leader is first else first))


def test_a_chore_that_fails_is_tried_again(started, monkeypatch, caplog):
    failures = []

    def fail(_ticker):
        failures.append(1)
        raise OSError("the disk is full")

    monkeypatch.setattr(Ticker, "_checkpoint", fail)

    started()

    assert soon(lambda: len(failures) > 2)
    assert "Chores fail" in caplog.text


def test_a_chore_that_keeps_failing_is_told_once_and_so_is_its_recovery(folder, started, monkeypatch, caplog):
    caplog.set_level("INFO", "portal")
    left = list(range(5))

    def fail_five_times(_ticker):
        if left:
            left.pop()
            raise OSError("read-only file system")

    monkeypatch.setattr(Ticker, "_checkpoint", fail_five_times)

    started()

    assert soon(lambda: "The chores are done again." in caplog.text)
    assert caplog.text.count("Chores fail") == caplog.text.count("Traceback") == 1


def test_a_revocation_that_the_journal_missed_is_added(folder, started, session, alice, issue, as_alice):
    key, _token = issue(alice)
    head = folder.journal.read_text()
    lifecycle.revoke(session, as_alice, key)
    session.commit()
    folder.journal.write_text(head)  # the disk was full

    started()

    assert soon(lambda: journal.read(folder.journal) == [key.public_id])


def test_what_the_overview_shows_is_counted(started, session, alice, issue):
    issue(alice)

    started()

    assert soon(lambda: session.rollback() is None and session.get(Census, 1) is not None)
    assert census.latest(session, SiteSettings()).statuses["active"] == 1
