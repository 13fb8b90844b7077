"""A few pass, a few wait, and the rest are told so at once."""

import threading

import pytest

from portal.accounts import passwords
from portal.accounts.gate import Gate
from portal.errors import TooBusy
from tests.support.visitor import Visitor


@pytest.fixture
def inside():
    """Hold a gate in so many threads until the test is over: `inside(gate, 2)`."""
    leave, threads = threading.Event(), []

    def hold(gate, count):
        entered = threading.Semaphore(0)

        def stay():
            with gate.passed():
                entered.release()
                leave.wait(10)

        for _ in range(count):
            threads.append(threading.Thread(target=stay))
            threads[-1].start()
            assert entered.acquire(timeout=5)

    yield hold
    leave.set()
    for thread in threads:
        thread.join()


def test_who_finds_no_place_to_wait_is_told_at_once(inside):
    gate = Gate(at_once=2, waiting=0)
    inside(gate, 2)

    with pytest.raises(TooBusy), gate.passed():
        pass


def test_who_waits_passes_in_the_end():
    gate, passed = Gate(at_once=1, waiting=5), []

    def pass_through():
        with gate.passed():
            passed.append(1)

    threads = [threading.Thread(target=pass_through) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)

    assert len(passed) == 6


def test_what_fails_inside_frees_its_place():
    gate = Gate(at_once=1, waiting=0)

    for _ in range(3):
        with pytest.raises(KeyError), gate.passed():
            raise KeyError


def test_a_sign_in_in_a_flood_is_asked_to_come_back(client, alice, inside, monkeypatch):
    monkeypatch.setattr(passwords, "GATE", Gate(at_once=1, waiting=0))
    inside(passwords.GATE, 1)

    answer = Visitor(client).try_password(alice.email)

    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert b"busy" in answer.data
