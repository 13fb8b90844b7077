"""A few pass, a few wait, and the rest are told so at once."""

import os
import sys
import threading
import time

import pytest

from portal.accounts import passwords
from portal.accounts.gate import Gate
from portal.errors import TooBusy
from portal.low_priority import NICE
from tests.support.visitor import Visitor


@pytest.fixture
def inside():
    """Keep a gate busy with so many things until the test is over: `inside(gate, 2)`."""
    leave, threads = threading.Event(), []

    def hold(gate, count):
        for _ in range(count):
            threads.append(threading.Thread(target=gate.do, args=(lambda: leave.wait(10),)))
            threads[-1].start()
        deadline = time.monotonic() + 20
        while gate.inside < count:
            assert time.monotonic() < deadline

    yield hold
    leave.set()
    for thread in threads:
        thread.join()


def test_what_is_done_is_answered():
    assert Gate(at_once=1, waiting=0).do(lambda: 5) == 5


def test_who_finds_no_place_to_wait_is_told_at_once(inside):
    gate = Gate(at_once=2, waiting=0)
    inside(gate, 2)

    with pytest.raises(TooBusy):
        gate.do(lambda: None)
    assert gate.refused == 1


def test_no_more_are_done_at_once_than_may_be_and_who_waits_has_its_turn():
    gate, doing, most, done = Gate(at_once=2, waiting=5), [], [], []

    def work():
        doing.append(1)
        most.append(len(doing))
        time.sleep(0.02)
        done.append(doing.pop())

    threads = [threading.Thread(target=gate.do, args=(work,)) for _ in range(7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)

    assert (len(done), max(most), gate.inside) == (7, 2, 0)


def test_what_fails_inside_is_told_and_frees_its_place():
    gate = Gate(at_once=1, waiting=0)

    for _ in range(3):
        with pytest.raises(KeyError):
            gate.do(lambda: {}["nothing"])


@pytest.mark.skipif(sys.platform != "linux", reason="no other system has a priority for each thread")
def test_its_threads_step_back_and_nobody_else_does():
    before = os.getpriority(os.PRIO_PROCESS, 0)

    assert Gate(at_once=1, waiting=0).do(lambda: os.getpriority(os.PRIO_PROCESS, 0)) == min(before + NICE, 19)
    assert os.getpriority(os.PRIO_PROCESS, 0) == before


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_it_works_in_a_process_that_was_forked():
    gate = Gate(at_once=1, waiting=0)
    gate.do(lambda: None)
    child = os.fork()
    if child == 0:
        os._exit(gate.do(lambda: 7))

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


def test_a_sign_in_in_a_flood_is_asked_to_come_back(client, alice, inside, monkeypatch):
    monkeypatch.setattr(passwords, "GATE", Gate(at_once=1, waiting=0))
    inside(passwords.GATE, 1)

    answer = Visitor(client).try_password(alice.email)

    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert b"busy" in answer.data
