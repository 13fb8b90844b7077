"""The storer of usage killed at random moments, and the lane: how many of the calls that were let in are counted."""

import random
import time
from pathlib import Path

from script.benches.faults_table import Row
from script.benches.faults_usage_processes import EVERY_SECONDS, Processes

LATEST_SECONDS = 2.3
# A storer writes once a second; every other time it is killed at about that moment.
WRITING_SECONDS = 0.95, 1.15
LOST_SECONDS = 1.5
LANE_SECONDS = 1.2, 2.4


def storer(place: Path, name: str, settings: dict[str, str], kills: int) -> list[Row]:
    """Kill the storer so many times while calls come in, and count them."""
    processes = Processes(place / "data", settings)
    interrupted = 0
    with processes.opened() as caller:
        for number in range(kills):
            storing = processes.start_storer()
            span = WRITING_SECONDS if number % 2 else (0.0, LATEST_SECONDS)
            time.sleep(random.uniform(*span))  # noqa: S311
            storing.kill()
            storing.wait()
            interrupted += bool(processes.spool.waiting())
        last = processes.start_storer()
        caller.stop()
        processes.lane.terminate()
        processes.lane.wait(30)
        last.terminate()
        last.wait(30)
        access, hours = processes.stored()
    left = len(processes.spool.waiting())
    told = f"{caller.let_in:,} calls, {access:,} in the access record, {hours:,} in the hours, {left} batches left"
    is_well = caller.let_in == access == hours and not left
    injected = f"`kill -9` of the storer of usage, {name}, {interrupted} times with batches waiting"
    return [Row(injected, kills, told, "each once", is_well)]


def lane(place: Path, name: str, settings: dict[str, str], kills: int) -> list[Row]:
    """Kill the lane so many times, and count what it had not handed over."""
    processes = Processes(place / "data", settings)
    lost = []
    with processes.opened() as caller:
        storing = processes.start_storer()
        for _ in range(kills):
            begun, before = time.monotonic(), caller.let_in
            stored = processes.stored()[0]
            time.sleep(random.uniform(*LANE_SECONDS))  # noqa: S311
            processes.kill_lane()
            rate = (caller.let_in - before) / (time.monotonic() - begun)
            missing = caller.let_in - before - (processes.settled() - stored)
            lost.append(max(0, missing) / max(rate, 1))
            processes.start_lane()
            processes.settled()
        storing.terminate()
        storing.wait(30)
    told = f"at most the calls of {max(lost):.2f} s, at {1 / EVERY_SECONDS:.0f} a second or fewer"
    return [
        Row(f"`kill -9` of the lane, {name}: records of use lost", kills, told, "about 1 s", max(lost) <= LOST_SECONDS)
    ]
