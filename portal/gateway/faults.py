"""Says why requests could not be verified: once a second at most, however many they are."""

import logging
import traceback
from time import monotonic

from portal.errors import Unavailable

log = logging.getLogger(__name__)

EVERY_SECONDS = 1.0


class Faults:
    """The faults of one lane."""

    def __init__(self) -> None:
        self._silent_until = 0.0
        self._unsaid = 0

    def say(self, error: Exception) -> None:
        """Log what went wrong. Of an unforeseen fault only where and what kind: its message could quote a request."""
        now = monotonic()
        if now < self._silent_until:
            self._unsaid += 1
            return
        self._silent_until = now + EVERY_SECONDS
        if isinstance(error, Unavailable):
            log.error("A key could not be verified: %s", error)
        else:
            where = "".join(traceback.format_tb(error.__traceback__))
            log.error("A verification failed with %s:\n%s", type(error).__name__, where)
        if self._unsaid:
            log.error("Before it, %d more could not be verified and were not logged.", self._unsaid)
            self._unsaid = 0
