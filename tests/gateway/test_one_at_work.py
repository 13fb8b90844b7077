"""One thread works, the others stand by, and none is missed for long."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from portal.gateway.one_at_work import MOMENT_SECONDS, OneAtWork


class Slow:
    """Answers, and waits first where it is told to."""

    def __init__(self) -> None:
        self.go_on = threading.Event()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        if environ.get("waits"):
            self.go_on.wait(5)
        return [b"ok"]

    def warm_up(self) -> None:
        self.go_on.set()


@pytest.fixture
def slow() -> Slow:
    return Slow()


@pytest.fixture
def lane(slow: Slow) -> OneAtWork:
    return OneAtWork(slow)


def serve(lane: OneAtWork, **environ: bool) -> bytes:
    """Do as a server does with one request: take the answer, send it, let go of it."""
    answer = lane(environ, lambda _status, _headers: None)  # type: ignore[arg-type]
    return b"".join(answer)


def seconds(act: Callable[[], object]) -> float:
    began = time.monotonic()
    act()
    return time.monotonic() - began


def test_the_answer_is_that_of_the_application(lane: OneAtWork) -> None:
    assert serve(lane) == b"ok"


def test_who_works_alone_never_stands_by(lane: OneAtWork) -> None:
    serve(lane)
    assert seconds(lambda: [serve(lane) for _ in range(100)]) < 50 * MOMENT_SECONDS


def test_who_comes_beside_one_that_works_stands_by_until_nothing_is_heard_of_it(lane: OneAtWork) -> None:
    serve(lane)
    taken: list[float] = []
    other = threading.Thread(target=lambda: taken.append(seconds(lambda: serve(lane))))
    other.start()
    busy_until = time.monotonic() + 5 * MOMENT_SECONDS
    while time.monotonic() < busy_until:
        serve(lane)
    other.join(5)
    assert taken[0] >= 4 * MOMENT_SECONDS


def test_the_answer_of_who_stands_by_is_out_before(lane: OneAtWork) -> None:
    serve(lane)
    answers: list[Any] = []

    def ask() -> None:
        answers.append(lane({}, lambda _status, _headers: None))  # type: ignore[arg-type]

    other = threading.Thread(target=ask)
    other.start()
    other.join(MOMENT_SECONDS)
    assert answers == [[b"ok"]]


def test_who_stands_by_goes_on_when_the_one_that_works_is_stopped(lane: OneAtWork, slow: Slow) -> None:
    stopped = threading.Thread(target=lambda: [serve(lane), serve(lane, waits=True)])
    stopped.start()
    time.sleep(MOMENT_SECONDS)
    assert seconds(lambda: [serve(lane) for _ in range(3)]) < 1
    slow.go_on.set()
    stopped.join(5)
    assert not stopped.is_alive()


def test_it_makes_the_application_ready(lane: OneAtWork, slow: Slow) -> None:
    lane.warm_up()
    assert slow.go_on.is_set()
