"""What `tests/worker/test_tick.py` says where the database matters, said of PostgreSQL; and two machines."""

import time

import pytest

from portal.data_folder import DataFolder
from portal.worker.tick import Ticker
from tests.worker.test_tick import (  # noqa: F401
    quick,
    soon,
    started,
    test_a_revocation_that_the_journal_missed_is_added,
    test_one_ticks_and_another_takes_over_when_it_ends,
    test_what_the_overview_shows_is_counted,
)


@pytest.mark.usefixtures("quick")
def test_of_two_machines_one_does_what_is_done_once_and_the_other_takes_over(app, tmp_path, folder, monkeypatch):
    did = []
    monkeypatch.setattr(Ticker, "_do_what_is_done_once", lambda ticker: did.append(ticker))  # noqa: PLW0108
    (tmp_path / "other").mkdir()
    first, second = Ticker(app, folder), Ticker(app, DataFolder(tmp_path / "other"))
    for ticker in (first, second):
        ticker.start()
    try:
        soon(lambda: len(did) > 5)
        leader = did[0]
        assert set(did) == {leader}
        leader.close()
        soon(lambda: did[-1] is (second if leader is first else first))
    finally:
        for ticker in (first, second):
            ticker.close()


def test_nothing_of_sqlite_is_begun_in_the_data_folder(app, folder, started):  # noqa: F811
    folder.database.unlink()
    started()
    time.sleep(0.2)
    assert not folder.database.exists()
    assert app.extensions["portal"].settings.postgres_address
