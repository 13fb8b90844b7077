"""An event loop beside the one that a browser's driver keeps running in the thread of the tests."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

Answer = TypeVar("Answer")


def run(work: Coroutine[Any, Any, Answer], loop: asyncio.AbstractEventLoop | None = None) -> Answer:
    """Do `work` to its end in a thread of its own, in that loop or in a new one."""
    return do(lambda: asyncio.run(work) if loop is None else loop.run_until_complete(work))


def do(act: Callable[[], Answer]) -> Answer:
    """Do that in a thread of its own."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(act).result()
