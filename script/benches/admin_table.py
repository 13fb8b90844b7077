"""Times many things by turns, so that what a busy machine adds falls on all of them, and prints the medians."""

import statistics
import time
from collections.abc import Callable
from typing import NamedTuple

LIMIT_MS = 150.0


class Case(NamedTuple):
    """Something to time: the row and the column of the table in which its median stands."""

    row: str
    column: str
    run: Callable[[], object]


def print_table(cases: list[Case], columns: tuple[str, ...], rounds: int) -> None:
    """Run all cases `rounds` times by turns and print a row for each; the slowest are marked."""
    times: dict[tuple[str, str], list[float]] = {}
    for case in cases:
        case.run()  # what is compiled and cached once is not counted
    for _ in range(rounds):
        for case in cases:
            begun = time.perf_counter()
            case.run()
            times.setdefault((case.row, case.column), []).append((time.perf_counter() - begun) * 1000)
    medians = {which: statistics.median(measured) for which, measured in times.items()}
    slowest = max(medians.values(), default=0.0)
    print(f"| medians of {rounds} rounds, ms | {' | '.join(columns)} |\n|---|{'---|' * len(columns)}")
    for row in dict.fromkeys(case.row for case in cases):
        print(f"| {row} | {' | '.join(_cell(medians.get((row, column)), slowest) for column in columns)} |")
    over = [median for median in medians.values() if median > LIMIT_MS]
    print(f"\n{len(medians)} medians, {len(over)} over {LIMIT_MS:.0f} ms; the slowest is {slowest:.1f} ms.\n")


def _cell(median: float | None, slowest: float) -> str:
    if median is None:
        return "-"
    mark = " over" if median > LIMIT_MS else ""
    return f"**{median:.1f}{mark}**" if median == slowest or mark else f"{median:.1f}"
