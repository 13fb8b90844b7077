"""Checking the audit trail from a door: in short reads, so that it holds up nobody however long the trail is."""

import time
from collections.abc import Iterator

from portal.audit.chain import Break, Checked, check
from portal.web.unit_of_work import reading, stop_reading


def walk(since: Checked | None = None) -> Iterator[Checked | Break]:
    """Give how far the chain holds after each step, last where it breaks or ends."""
    found: Checked | Break = since or Checked()
    while isinstance(found, Checked) and not found.is_all:
        stop_reading()
        try:
            found = check(reading(), found)
        finally:
            stop_reading()
        yield found


def walk_for(seconds: float, since: Checked | None = None) -> Checked | Break:
    """Return how far the chain holds, having looked for so long at most; go on from there where it is not all."""
    until = time.monotonic() + seconds
    found: Checked | Break = since or Checked()
    for found in walk(since):  # noqa: B007  # the last is the answer
        if time.monotonic() > until:
            break
    return found
