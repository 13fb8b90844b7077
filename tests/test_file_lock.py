"""One process at a time holds a lock, and a process that ends holds none."""

import subprocess
import sys
import threading
from contextlib import contextmanager, suppress

import pytest

from portal.config import ROOT
from portal.file_lock import FileLock

HOLD = """
import sys
from pathlib import Path
from portal.file_lock import FileLock
lock = FileLock(Path(sys.argv[1]))
print(lock.take(), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "lock"


@contextmanager
def held_by_another_process(path):
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "True\n"
        yield holder


def test_two_processes_exclude_each_other(path):
    with held_by_another_process(path):
        assert not FileLock(path).take()

    assert FileLock(path).take()


def test_a_process_that_is_killed_gives_its_lock_back(path):
    with held_by_another_process(path) as holder:
        holder.kill()
        holder.wait()

        assert FileLock(path).take()


def test_two_locks_in_one_process_exclude_each_other(path):
    first, second = FileLock(path), FileLock(path)

    assert (first.take(), second.take()) == (True, False)
    first.release()
    assert second.take()


def test_a_lock_is_taken_once_and_released_once(path):
    lock = FileLock(path)
    assert lock.take()
    assert lock.take()

    lock.release()
    lock.release()

    assert FileLock(path).take()


def test_it_is_waited_for(path):
    lock = FileLock(path)
    lock.take()
    threading.Timer(0.05, lock.release).start()

    assert FileLock(path).take(seconds=5)


def test_it_is_held_for_a_while_and_given_back_after_a_fault(path):
    with suppress(ZeroDivisionError), FileLock(path).held():
        assert not FileLock(path).take()
        raise ZeroDivisionError

    assert FileLock(path).take()
