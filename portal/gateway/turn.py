"""Lets one thread of the lane work at a time, as long as that one does not have to wait.

Threads of one interpreter wait for each other: two that share the work do less than one does alone. But one alone is
stopped by whatever stops it, a body that does not come or a disk that does not answer. So there is a second, and it
stands back for a moment while the first is at work, and then goes on in any case.
"""

import threading
from time import sleep

MOMENT_SECONDS = 0.005


class Turn:
    """Whose turn it is."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def take(self) -> bool:
        """Stand back while another is at work, but not for long; return whether it is now the caller's turn."""
        if self._lock.acquire(blocking=False):
            return True
        sleep(MOMENT_SECONDS)
        return self._lock.acquire(blocking=False)

    def give_back(self) -> None:
        """Let the next one work; for whoever had its turn."""
        self._lock.release()
