"""How long a test waits for what another thread or process does: long, so that a slow machine fails nothing."""

import time
from collections.abc import Callable

SECONDS = 60.0


def wait_for(condition: Callable[[], object], seconds: float = SECONDS) -> None:
    """Wait until `condition()` holds; fail when it has not for so long."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)
