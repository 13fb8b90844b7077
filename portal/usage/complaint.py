"""A fault that is said once, and once that it is over."""

import logging


class Complaint:
    """Says in `log` that something is so, and when it is so no more."""

    def __init__(self, log: logging.Logger, so: str, no_more: str) -> None:
        self._log = log
        self._so = so
        self._no_more = no_more
        self._is_made = False

    def make(self, error: Exception) -> None:
        """Say it, on one line with the kind of the error and what it says, unless that was done."""
        if not self._is_made:
            self._log.error("%s: %s: %s", self._so, type(error).__name__, " ".join(str(error).split()))
        self._is_made = True

    def withdraw(self) -> None:
        """Say that it is over, if it was said."""
        if self._is_made:
            self._log.info(self._no_more)
        self._is_made = False
