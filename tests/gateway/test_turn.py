"""One works at a time, and nobody is held up for long."""

import threading
import time

from portal.gateway.turn import MOMENT_SECONDS, Turn


def test_who_comes_alone_has_its_turn_at_once() -> None:
    turn = Turn()
    for _ in range(3):
        assert turn.take()
        turn.give_back()


def test_who_comes_while_another_works_goes_on_after_a_moment() -> None:
    turn = Turn()
    assert turn.take()
    began = time.monotonic()
    assert not turn.take()
    assert MOMENT_SECONDS <= time.monotonic() - began < 1


def test_who_waits_has_its_turn_when_the_other_is_done_meanwhile() -> None:
    turn = Turn()
    assert turn.take()
    taken: list[bool] = []
    waiting = threading.Thread(target=lambda: taken.append(turn.take()))
    waiting.start()
    turn.give_back()
    waiting.join()
    assert taken == [True]
