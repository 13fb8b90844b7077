"""A fault that lasts is said once, and once that it is over."""

import logging


class Complaint:
    """Says in `log` that something is so, and when it is so no more."""

    def __init__(self, log: logging.Logger, so: str, no_more: str) -> None:
        self._log = log
        self._so = so
        self._no_more = no_more
        self._is_made = False

    def make(self, why: str, *, with_trace: bool = False) -> None:
        """Say it and why, unless that was done; `with_trace` adds where the error that is being handled came from."""
        if not self._is_made:
            self._log.error("%s: %s.", self._so, why.removesuffix("."), exc_info=with_trace)
        self._is_made = True

    def withdraw(self) -> None:
        """Say that it is over, if it was said."""
        if self._is_made:
            self._log.info(self._no_more)
        self._is_made = False


def in_one_line(error: Exception) -> str:
    """Return the kind of an error and what it says, on one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"
