"""People and programs who go on asking while something breaks, and what they saw until it worked again."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus

from script.benches.faults_http import NO_ANSWER, OK, Reply

BUSY = HTTPStatus.SERVICE_UNAVAILABLE
EVERY_SECONDS = 0.05


class Watch:
    """Asks one question over and over, and keeps what was answered and how long that took."""

    def __init__(self, question: Callable[[], Reply]) -> None:
        self._question = question
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.statuses: Counter[int] = Counter()
        self.without_retry = 0
        self.last_busy = 0.0
        self.last_well = 0.0
        self.slowest = 0.0
        self.seen: list[str] = []

    def _run(self) -> None:
        while not self._end.wait(EVERY_SECONDS):
            self._ask()

    def _ask(self) -> None:
        begun = time.monotonic()
        try:
            reply = self._question()
        except NO_ANSWER as error:
            self.statuses[0] += 1
            self.seen.append(repr(error))
            self.slowest = max(self.slowest, time.monotonic() - begun)
            return
        self.statuses[reply.status] += 1
        self.slowest = max(self.slowest, reply.seconds)
        if reply.status == BUSY:
            self.last_busy = time.monotonic()
            self.without_retry += not reply.says_when
            self.seen = [*self.seen[:5], reply.body]
        elif reply.status == OK:
            self.last_well = time.monotonic()

    def start(self) -> None:
        """Begin to ask."""
        self._thread.start()

    def stop(self) -> None:
        """Ask no more."""
        self._end.set()
        self._thread.join(30)

    @property
    def told(self) -> str:
        """What was answered, as `200 (17), 503 (3)`."""
        return ", ".join(f"{status or 'none'} ({times})" for status, times in sorted(self.statuses.items()))


@contextmanager
def watching(**questions: Callable[[], Reply]) -> Iterator[dict[str, Watch]]:
    """Ask each question in a thread of its own for a while."""
    watches = {name: Watch(question) for name, question in questions.items()}
    for watch in watches.values():
        watch.start()
    try:
        yield watches
    finally:
        for watch in watches.values():
            watch.stop()


def seconds_to_heal(watch: Watch, back: float, patience: float = 20.0) -> float:
    """Wait until a watch is answered well after the moment `back`; return how long that took, and all go on well."""
    deadline = back + patience
    while watch.last_well <= max(back, watch.last_busy):
        if time.monotonic() > deadline:
            return float("inf")
        time.sleep(0.01)
    return max(watch.last_busy, back) - back if watch.last_busy > back else watch.last_well - back
