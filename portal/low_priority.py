"""Threads that whoever waits for an answer goes before."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

NICE = 15  # a page or a verification that wants a core has it before them


def threads(most: int, name: str) -> ThreadPoolExecutor:
    """Return so many threads of low priority. Linux alone has one for each thread; elsewhere all stay equal."""
    return ThreadPoolExecutor(most, name, _step_back)


def _step_back() -> None:
    with suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
