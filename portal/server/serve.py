"""Serves one WSGI application with granian, as a child of the supervisor.

python -m portal.server.serve APPLICATION ADDRESS PORT WORKERS THREADS SUPERVISOR
"""

import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server import Server

from portal.server.lifeline import end_with

_KILL_AFTER_SECONDS = 10


def main(arguments: list[str]) -> None:
    """Serve until SIGTERM."""
    application, address, port, workers, threads, supervisor = arguments
    signal.pthread_sigmask(signal.SIG_SETMASK, ())  # the supervisor blocks signals, and a child inherits that
    end_with(int(supervisor))
    server = Server(
        application, address, int(port), interface=Interfaces.WSGI, http=HTTPModes.http1, websockets=False,
        workers=int(workers), blocking_threads=int(threads), respawn_failed_workers=True,
        workers_kill_timeout=_KILL_AFTER_SECONDS, log_level=LogLevels.error,
    )  # fmt: skip
    server.serve(target_loader=partial(_load, parent=os.getpid()))


def _load(application: str, parent: int) -> Callable[..., Any]:
    """Import the application in the worker, tied to its parent."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)  # granian's own handlers come after this; until then nothing is in flight
    end_with(parent)
    module, _, name = application.partition(":")
    loaded: Callable[..., Any] = getattr(import_module(module), name)
    os.environ.pop("PORTAL_SERVICE_TOKEN", None)  # read by now; granian copies the environment into every request
    return loaded


if __name__ == "__main__":
    main(sys.argv[1:])
