"""What the pages count: their answers, and who waits at the gate of the passwords."""

from flask import Response, request

from portal.accounts.passwords import GATE
from portal.metrics.catalogue import GATE_REFUSED, GATE_WAITING
from portal.metrics.counts import PAGE_ANSWERS, PAGE_TIMES, SOURCES

_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

SOURCES[GATE_WAITING] = lambda: {(): GATE.inside}
SOURCES[GATE_REFUSED] = lambda: {(): GATE.refused}


def count(answer: Response, seconds: float) -> None:
    """Count the answer to the current request by the template of its route: what was asked for could be anything."""
    route = request.url_rule.rule if request.url_rule else "none"
    method = request.method if request.method in _METHODS else "other"
    PAGE_ANSWERS.add(route, method, str(answer.status_code))
    PAGE_TIMES.add(seconds, route)
