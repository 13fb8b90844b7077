"""Serves one application, WSGI or RSGI, with granian, as a child of the supervisor.

python -m portal.server.serve APPLICATION ADDRESS PORT WORKERS THREADS INTERFACE SUPERVISOR
"""

import gc
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from importlib import import_module
from typing import Any

from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.mp import MPServer

from portal import logs
from portal.config import load_settings
from portal.readiness import STOPPING
from portal.server.lifeline import end_with

_KILL_AFTER_SECONDS = 10
# A stop waits for headers that a client has begun to send: they must be over before the kill. granian has no other
# limit for connections that are kept and say nothing, so proxies let go of theirs sooner (deploy/).
_HEADERS_MS = 6_000
_KEPT = {"HOME", "LANG", "LC_ALL", "PATH", "TMPDIR", "TZ"}


class Draining(MPServer):
    """A granian server that says no at `/readyz` for a while before it stops taking requests.

    granian itself closes its socket as soon as it is told to stop: a proxy would learn of that by a request that fails.
    """

    drain_seconds = 0

    def shutdown(self, exit_code: int = 0) -> None:
        """Tell the workers that the end is near, wait, then stop them as granian does.

        Of two signals at once the second would go to any thread, and the one that waits for it would sleep on until
        granian kills it. So where there is nothing to wait for they are told nothing.
        """
        if self.drain_seconds:
            for worker in self.wrks:
                with suppress(ProcessLookupError):
                    os.kill(worker.inner.pid, signal.SIGUSR1)
            time.sleep(self.drain_seconds)
        super().shutdown(exit_code)  # type: ignore[no-untyped-call]


def main(arguments: list[str]) -> None:
    """Serve until SIGTERM."""
    application, address, port, workers, threads, interface, supervisor = arguments
    signal.pthread_sigmask(signal.SIG_SETMASK, ())  # the supervisor blocks signals, and a child inherits that
    end_with(int(supervisor))
    settings = load_settings()
    logs.take_over(settings.log_format, settings.log_level)
    server = Draining(
        application, address, int(port), interface=Interfaces(interface), http=HTTPModes.http1, websockets=False,
        workers=int(workers), blocking_threads=int(threads), respawn_failed_workers=True,
        loop=Loops.uvloop, http1_settings=HTTP1Settings(header_read_timeout=_HEADERS_MS),
        workers_kill_timeout=_KILL_AFTER_SECONDS, log_level=LogLevels.error,
        log_dictconfig={"loggers": {"_granian": {"propagate": True}, "granian.access": {"propagate": True}}},
    )  # fmt: skip
    server.drain_seconds = settings.drain_seconds
    server.serve(target_loader=partial(_load, parent=os.getpid()))


def _load(application: str, parent: int) -> Callable[..., Any]:
    """Import the application in the worker, tied to its parent."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)  # granian's own handlers come after this; until then nothing is in flight
    signal.signal(signal.SIGUSR1, lambda _number, _frame: STOPPING.set())
    end_with(parent)
    module, _, name = application.partition(":")
    loaded: Callable[..., Any] = getattr(import_module(module), name)
    for variable in os.environ.keys() - _KEPT:
        del os.environ[variable]  # it was read by now, and granian copies it, with all its secrets, into every request
    if hasattr(loaded, "warm_up"):
        loaded.warm_up()
    gc.collect()
    gc.freeze()  # what was loaded stays, and need not be looked through again and again
    gc.set_threshold(50_000, 20, 100)  # what is remembered need not be either, each time some requests have passed
    return loaded


if __name__ == "__main__":
    main(sys.argv[1:])
