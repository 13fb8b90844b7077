"""Lets one thread of the lane work, as long as that one does not have to wait.

Threads of one interpreter wait for each other: two that share the work do less than one does alone. But one alone is
stopped by whatever stops it, a body that does not come or a disk that does not answer. So there are several. A thread
that has answered a request while another one is at work stands by, and takes no next one from the server, until nothing
was heard of that other for a moment. Of those that stand by only the first looks: each look interrupts the one at work.

The server takes the answer and sends it, and then lets go of it: that is when a thread stands by. Its answer is out by
then, and whether it comes back for another request soon or late is its own affair.
"""

from collections.abc import Callable, Iterable
from threading import Lock, get_ident
from time import monotonic, sleep
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

MOMENT_SECONDS = 0.05


class Application(Protocol):
    """What is served."""

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""

    def warm_up(self) -> None:
        """Make ready."""


class OneAtWork:
    """Serves `application` with one thread at a time."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._worker = 0
        self._heard = 0.0  # when the worker was last heard of
        self._standing_by = Lock()
        self._answer = _answer_that_tells(self.sent)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        return self._answer(self._application(environ, start_response))

    def warm_up(self) -> None:
        """Make the application ready."""
        self._application.warm_up()

    def sent(self) -> None:
        """Go on as the one that works, or stand by while another one does; called when an answer is out."""
        me = get_ident()
        if me == self._worker:
            self._heard = monotonic()
            return
        with self._standing_by:
            while monotonic() - self._heard < MOMENT_SECONDS:
                sleep(MOMENT_SECONDS)
            self._worker, self._heard = me, monotonic()


def _answer_that_tells(sent: Callable[[], None]) -> type[list[bytes]]:
    class Answer(list[bytes]):
        def __del__(self) -> None:
            sent()

    return Answer
