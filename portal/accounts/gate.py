"""A gate before slow work: a few threads of low priority do it, a few more may wait, and the rest are told at once."""

import os
import threading
from collections.abc import Callable
from typing import TypeVar

from portal import low_priority
from portal.errors import TooBusy

Done = TypeVar("Done")


class Gate:
    """Does `at_once` things of this process at a time, and lets `waiting` more wait for their turn."""

    def __init__(self, at_once: int, waiting: int) -> None:
        self._at_once = at_once
        self._waiting = waiting
        self._begin_anew()

    def do(self, work: Callable[[], Done]) -> Done:
        """Return what `work` returns, and raise what it raises, once it had its turn in a thread of the gate.

        Raises:
            TooBusy: too many are waiting already.

        """
        if self._process != os.getpid():
            self._begin_anew()  # no thread survives a fork
        if not self._places.acquire(blocking=False):
            self._count(refused=1)
            raise TooBusy("More passwords came at once than can be checked in time.")
        self._count(inside=1)
        try:
            return self._threads.submit(work).result()
        finally:
            self._count(inside=-1)
            self._places.release()

    def _begin_anew(self) -> None:
        self._threads = low_priority.threads(self._at_once, "gate")
        self._places = threading.Semaphore(self._at_once + self._waiting)
        self._counting = threading.Lock()
        self.inside = 0  # those whose turn it is, and those who wait
        self.refused = 0
        self._process = os.getpid()

    def _count(self, *, inside: int = 0, refused: int = 0) -> None:
        with self._counting:
            self.inside += inside
            self.refused += refused
