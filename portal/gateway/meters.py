"""What the doors of verification count, and how the recorders do: see portal/metrics/catalogue.py."""

from collections.abc import Mapping

from portal.metrics.catalogue import (
    USAGE_DROPPED,
    USAGE_FAILURES,
    USAGE_FLUSHED,
    USAGE_WAITING,
    VERIFICATION_SECONDS,
    VERIFICATIONS,
)
from portal.metrics.counts import ALLOWED, BOUNDS, FAULT, SECONDS, SOURCES, UNAVAILABLE, Labels, Tally, Times
from portal.policy.reasons import Reason
from portal.usage.recorder import LIVING, Standing

_OUTCOMES = (ALLOWED, *Reason, UNAVAILABLE, FAULT)

AUTH = Tally(_OUTCOMES)
VERIFY = Tally(_OUTCOMES)
GUARD = Tally(_OUTCOMES)
_DOORS = {"auth": AUTH, "verify": VERIFY, "guard": GUARD}


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
