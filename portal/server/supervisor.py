"""Runs two servers and keeps them running: the pages, and the verification lane in a process of its own.

A third process stores what both record of the use of keys.

They are apart because a slow page must not delay a verification (docs/adr/0001-two-processes-one-supervisor.md).
This process lives as long as they do, so it imports neither Flask nor SQLAlchemy.
"""

import json
import signal
import sys
from dataclasses import asdict, dataclass

from portal.server.child import Child, Server
from portal.server.voice import complain, say

# A sender who stops halfway through a body holds a thread for as long as it likes. Idle threads cost next to nothing.
PAGE_THREADS = 128
# Threads of one interpreter wait for each other, so of the eight of the lane one works (`gateway/one_at_work.py`). On
# PostgreSQL it is one event loop, which nothing blocks.
LANES = {
    "wsgi": ("portal.gateway.application:application", 8),
    "rsgi": ("portal.gateway.application_rsgi:application", 1),
}

_STOP = {signal.SIGTERM, signal.SIGINT}
_WAKE = _STOP | {signal.SIGCHLD}
_LOOK_SECONDS = 0.05
_REST_SECONDS = 2.0  # between two looks at the lane


@dataclass(frozen=True, slots=True)
class Plan:
    """What is served where, and what to say once it answers."""

    address: str
    port: int
    lane_port: int
    workers: int
    banner: tuple[str, ...]
    drain_seconds: int = 0
    lane_interface: str = "wsgi"

    def to_json(self) -> str:
        """Return the plan as one argument of a command line; it holds no secret."""
        return json.dumps(asdict(self))


def run(plan: Plan) -> int:
    """Serve until SIGTERM or SIGINT; return the exit status."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _WAKE)
    pages = Server(
        "The pages", "wsgi:application", plan.address, plan.port,
        workers=plan.workers, threads=PAGE_THREADS, drain_seconds=plan.drain_seconds,
    )  # fmt: skip
    application, threads = LANES[plan.lane_interface]
    lane = Server(
        "The verification lane", application, plan.address, plan.lane_port,
        workers=1, threads=threads, drain_seconds=plan.drain_seconds, interface=plan.lane_interface,
    )  # fmt: skip
    storer = Child("The storer of usage records", "store_usage")
    children = (storer, pages, lane)
    try:
        status = _start(children)
        if status is None:
            for line in plan.banner:
                say(line)
            _keep_running(children, lane)
            say("Stopping …")
        return status or 0
    finally:
        _stop(pages, lane)
        _stop(storer)  # after those whose last records it stores


def _stop(*children: Child) -> None:
    for child in children:
        child.ask_to_stop()
    for child in children:
        child.wait_until_stopped()


def _start(children: tuple[Child, ...]) -> int | None:
    """Start all and wait for each to answer; None when they do, else the exit status."""
    for child in children:
        child.start_when_due()
    while not all(child.is_healthy() for child in children):
        if _signal_within(_LOOK_SECONDS) in _STOP:
            return 0
        for child in children:
            if child.has_ended():
                complain(f"{child.name} ended before serving; the lines above say why.")
                return 1
    return None


def _keep_running(children: tuple[Child, ...], lane: Server) -> None:
    """Start again what ends, and a lane that does not answer any more, until a signal says stop."""
    while True:
        pauses = [child.pause for child in children if child.pause is not None]
        if _signal_within(min(pauses, default=_REST_SECONDS)) in _STOP:
            return
        if lane.is_stuck():
            complain(f"{lane.name} does not answer any more and is ended.")
            lane.kill()
        for child in children:
            if child.has_ended():
                complain(f"{child.name} ended unexpectedly; starting again in {child.plan_restart():g} s.")
            child.start_when_due()


def _signal_within(seconds: float) -> int | None:
    received = signal.sigtimedwait(_WAKE, seconds)
    return received.si_signo if received else None


if __name__ == "__main__":
    plan = json.loads(sys.argv[1])
    sys.exit(run(Plan(**plan)))
