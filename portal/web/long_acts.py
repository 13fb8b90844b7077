"""Where an act on thousands of keys is done, a transaction for each slice."""

import time
from collections.abc import Sequence
from datetime import timedelta

from portal import clock
from portal.audit.events import Actor
from portal.keys import long_acts, many
from portal.web.unit_of_work import reading, stop_reading, writing

LEFT_BEHIND = timedelta(seconds=60)  # an act that takes longer is taken for one whose process died
_PAUSE_SECONDS = 0.01  # lets whoever waits for the database in between


def decide(by: Actor, act: str, ids: Sequence[int], reason: str | None) -> int:
    """Decide an act on these keys and return its number; what can be read beforehand holds nobody up."""
    ids = many.by_owner(reading(), ids)
    with writing() as session:
        return long_acts.begin(session, by, act, ids, reason)


def carry_out(number: int) -> int:
    """Do an act that was decided to its end; return how many keys it changed, as far as that was seen here."""
    changed = 0
    while True:
        with writing() as session:
            progress = long_acts.go_on(session, number)
        if progress is None or progress.is_over:
            return progress.changed if progress else changed
        changed = progress.changed
        time.sleep(_PAUSE_SECONDS)


def finish_what_was_begun(left_behind: timedelta) -> int:
    """Do acts to their end whose process died; return how many keys that changed."""
    numbers = long_acts.unfinished(reading(), clock.now() - left_behind)
    stop_reading()
    return sum(map(carry_out, numbers))


def broken_acts() -> list[int]:
    """Return the numbers of rows that are no act and never will be done."""
    found = long_acts.broken(reading())
    stop_reading()
    return found
