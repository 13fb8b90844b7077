"""Counts for the overview what takes long to count, as often as that is worth."""

import time

from portal.metrics.catalogue import KEYS
from portal.metrics.counts import SOURCES
from portal.site import change
from portal.usage import census
from portal.web.unit_of_work import reading, writing

LEAST_SECONDS = 60.0
SHARE = 50  # at most a fiftieth of the time is spent on counting


def take_census() -> float:
    """Count and keep it; return after how many seconds to do so again."""
    began = time.monotonic()
    session = reading()
    counted = census.count(session, change.current(session))  # nothing is locked so long
    SOURCES[KEYS] = lambda: {(status,): number for status, number in counted.statuses.items()}
    with writing() as session:
        census.keep(session, counted)
    return max(LEAST_SECONDS, SHARE * (time.monotonic() - began))
