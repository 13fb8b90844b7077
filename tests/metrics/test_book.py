"""Several processes, each with a book; real processes, one of them killed."""

import multiprocessing
import os
import re
import signal
import stat

import pytest

from portal.metrics.book import Book, Shelf
from portal.metrics.reading import exposition

FORK = multiprocessing.get_context("spawn")


def serve(folder, number, ready, end):
    """Be a process that counts `number` sign-ins and then waits."""
    from portal.metrics.counts import ATTEMPTS, PAGE_TIMES

    book = Book(Shelf(folder), "pages")
    book.open()
    for _ in range(number):
        ATTEMPTS.add("wrong")
        PAGE_TIMES.add(0.02, "/sign-in")
    book.write()
    ready.set()
    end.wait()


class Others:
    def __init__(self, folder):
        self.folder, self.living = folder, []

    def start(self, number):
        ready, end = FORK.Event(), FORK.Event()
        process = FORK.Process(target=serve, args=(self.folder, number, ready, end))
        process.start()
        assert ready.wait(20)
        self.living.append((process, end))
        return process

    def stop(self):
        for process, end in self.living:
            if process.is_alive():
                end.set()
            process.join(10)


@pytest.fixture
def others(tmp_path):
    others = Others(tmp_path)
    yield others
    others.stop()


def told(folder, name):
    found = re.search(rf"^{re.escape(name)} (\S+)$", exposition(Shelf(folder)).decode(), re.MULTILINE)
    return float(found[1]) if found else None


WRONG = 'portal_sign_ins_total{outcome="wrong"}'
PAGES = 'portal_processes{part="pages"}'
COUNT = 'portal_page_seconds_count{route="/sign-in"}'


def test_processes_are_added_up(others, tmp_path):
    others.start(3)
    others.start(4)
    assert told(tmp_path, WRONG) == 7
    assert told(tmp_path, COUNT) == 7
    assert told(tmp_path, PAGES) == 2


def test_what_a_killed_process_counted_is_kept_and_what_it_stood_at_is_not(others, tmp_path):
    killed = others.start(3)
    others.start(4)
    os.kill(killed.pid, signal.SIGKILL)
    killed.join()

    for _ in range(2):  # buried once, not twice
        assert told(tmp_path, WRONG) == 7
        assert told(tmp_path, COUNT) == 7
        assert told(tmp_path, PAGES) == 1
    assert not list((tmp_path / "metrics").glob(f"*{killed.pid}-*"))

    others.start(5)
    assert told(tmp_path, WRONG) == 12


def test_many_deaths_leave_few_files(others, tmp_path):
    for _ in range(3):
        process = others.start(1)
        os.kill(process.pid, signal.SIGKILL)
        process.join()
    assert told(tmp_path, WRONG) == 3
    assert {path.name for path in (tmp_path / "metrics").iterdir()} == {"counter_gone.db", "histogram_gone.db", "shelf"}


def test_a_start_clears_the_shelf_but_not_under_the_feet_of_the_living(others, tmp_path):
    process = others.start(3)
    Shelf(tmp_path).clear_unless_counted_on()
    assert told(tmp_path, WRONG) == 3

    os.kill(process.pid, signal.SIGKILL)
    process.join()
    Shelf(tmp_path).clear_unless_counted_on()
    assert told(tmp_path, WRONG) is None


def test_nobody_else_can_read_a_book(others, tmp_path):
    others.start(1)
    shelf = tmp_path / "metrics"
    assert stat.S_IMODE(shelf.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in shelf.iterdir()} == {0o600}


def test_a_book_that_cannot_be_written_stops_nothing(tmp_path, caplog):
    book = Book(Shelf(tmp_path), "pages", every_seconds=3600)
    book._begin()
    book._shelf.path = tmp_path / "gone"
    book._written.clear()
    book.write()
    book.write()
    assert [record.getMessage() for record in caplog.records] == [
        "Metrics cannot be written: No such file or directory."
    ]
    book._life.release()
