"""Times many things by turns, so that what a busy machine adds falls on all of them, and prints the medians."""

import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

LIMIT_MS = 150.0


class Case(NamedTuple):
    """Something to time: the row and the column of the table in which its median stands."""

    row: str
    column: str
    run: Callable[[], object]


Clock = Callable[[], float]


def cpu_clock(server_process: int | None = None) -> Clock:
    """Return a clock of the seconds that this thread, and the process of a database server, had a processor.

    It tells what a page costs on a machine that is busy with other things.
    """
    if server_process is None:
        return time.thread_time
    path = Path(f"/proc/{server_process}/schedstat")
    return lambda: time.thread_time() + int(path.read_text().split()[0]) / 1e9


def print_table(cases: list[Case], columns: tuple[str, ...], rounds: int, clock: Clock = time.perf_counter) -> None:
    """Run all cases `rounds` times by turns and print a row for each; the slowest are marked."""
    times: dict[tuple[str, str], list[float]] = {}
    for case in cases:
        case.run()  # what is compiled and cached once is not counted
    for _ in range(rounds):
        for case in cases:
            begun = clock()
            case.run()
            times.setdefault((case.row, case.column), []).append((clock() - begun) * 1000)
    medians = {which: statistics.median(measured) for which, measured in times.items()}
    slowest = max(medians.values(), default=0.0)
    what = f"medians of {rounds} rounds, ms{'' if clock is time.perf_counter else ' of the processor'}"
    print(f"| {what} | {' | '.join(columns)} |\n|---|{'---|' * len(columns)}")
    for row in dict.fromkeys(case.row for case in cases):
        print(f"| {row} | {' | '.join(_cell(medians.get((row, column)), slowest) for column in columns)} |")
    over = [median for median in medians.values() if median > LIMIT_MS]
    print(f"\nLoad of the machine at the end: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores.", end=" ")
    print(f"{len(medians)} medians, {len(over)} over {LIMIT_MS:.0f} ms; the slowest is {slowest:.1f} ms.\n")


def _cell(median: float | None, slowest: float) -> str:
    if median is None:
        return "-"
    mark = " over" if median > LIMIT_MS else ""
    return f"**{median:.1f}{mark}**" if median == slowest or mark else f"{median:.1f}"
