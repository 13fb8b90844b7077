"""A gate before slow work: a few pass at once, a few more wait, and the rest are told so at once."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from portal.errors import TooBusy


class Gate:
    """Lets `at_once` threads of this process pass, and `waiting` more wait for their turn."""

    def __init__(self, at_once: int, waiting: int) -> None:
        self._turns = threading.Semaphore(at_once)
        self._places = threading.Semaphore(at_once + waiting)
        self._counting = threading.Lock()
        self.inside = 0  # those who pass, and those who wait
        self.refused = 0

    @contextmanager
    def passed(self) -> Iterator[None]:
        """Wait for a turn and hold it for the length of the block.

        Raises:
            TooBusy: too many are waiting already.

        """
        if not self._places.acquire(blocking=False):
            self._count(refused=1)
            raise TooBusy("More passwords came at once than can be checked in time.")
        self._count(inside=1)
        try:
            with self._turns:
                yield
        finally:
            self._count(inside=-1)
            self._places.release()

    def _count(self, *, inside: int = 0, refused: int = 0) -> None:
        with self._counting:
            self.inside += inside
            self.refused += refused
