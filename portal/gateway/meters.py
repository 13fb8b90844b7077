"""What the doors of verification count and complain of, and how the recorders do: see portal/metrics/catalogue.py."""

import logging
from collections.abc import Mapping

from portal.errors import Unavailable
from portal.metrics.catalogue import (
    USAGE_DROPPED,
    USAGE_FAILURES,
    USAGE_FLUSHED,
    USAGE_WAITING,
    VERIFICATION_SECONDS,
    VERIFICATIONS,
)
from portal.metrics.counts import (
    BOUNDS,
    FAULT,
    SECONDS,
    SOURCES,
    UNANSWERED,
    UNAVAILABLE,
    Labels,
    Tally,
    Times,
)
from portal.policy.reasons import Reason
from portal.request_id import CURRENT
from portal.usage.recorder import LIVING, Standing

log = logging.getLogger(__name__)

SLOW_SECONDS = 1.0

_REASONS = (*Reason, UNAVAILABLE, FAULT)

AUTH = Tally(_REASONS)
VERIFY = Tally(_REASONS)
INTROSPECT = Tally(_REASONS)
GUARD = Tally(_REASONS)
_DOORS = {"auth": AUTH, "verify": VERIFY, "introspect": INTROSPECT, "guard": GUARD}


def fail(door: Tally, error: Exception, began: float) -> None:
    """Count a verification that came to no verdict."""
    is_database = isinstance(error, Unavailable)
    if is_database:
        UNANSWERED.add("verification")
    door.note(UNAVAILABLE if is_database else FAULT, began)


def complain_of_slowness(request_id: str, seconds: float) -> None:
    """Log that an answer took too long."""
    known = CURRENT.set(request_id)
    log.warning("A verification took %.1f s.", seconds)
    CURRENT.reset(known)


def _verifications() -> Mapping[Labels, int]:
    return {
        (door, str(outcome)): number for door, tally in _DOORS.items() for outcome, number in tally.outcomes().items()
    }


def _seconds() -> Mapping[Labels, Times]:
    return {(door,): tally.times() for door, tally in _DOORS.items()}


def _standings() -> list[Standing]:
    return [recorder.standing() for recorder in list(LIVING)]


def _flushed() -> Mapping[Labels, float]:
    moments = [standing.flushed_at for standing in _standings() if standing.flushed_at is not None]
    return {(): min(moments)} if moments else {}


BOUNDS[VERIFICATION_SECONDS] = SECONDS
SOURCES.update({
    VERIFICATIONS: _verifications,
    VERIFICATION_SECONDS: _seconds,
    USAGE_WAITING: lambda: {(): sum(standing.waiting for standing in _standings())},
    USAGE_DROPPED: lambda: {(): sum(standing.dropped for standing in _standings())},
    USAGE_FAILURES: lambda: {(): sum(standing.failures for standing in _standings())},
    USAGE_FLUSHED: _flushed,
})  # fmt: skip
