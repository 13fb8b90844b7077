"""A gate before slow work: a few threads of low priority do it, a few more may wait, and the rest are told at once."""

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

from portal.errors import TooBusy

NICE = 15  # a page or a verification that wants a core has it before them

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
        self._threads = ThreadPoolExecutor(self._at_once, "gate", _step_back)
        self._places = threading.Semaphore(self._at_once + self._waiting)
        self._counting = threading.Lock()
        self.inside = 0  # those whose turn it is, and those who wait
        self.refused = 0
        self._process = os.getpid()

    def _count(self, *, inside: int = 0, refused: int = 0) -> None:
        with self._counting:
            self.inside += inside
            self.refused += refused


def _step_back() -> None:
    """Give this thread a low priority. Linux alone has one for each thread; elsewhere all stay equal."""
    with suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
