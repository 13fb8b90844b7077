"""The table of `script/bench faults`: what was injected, how often, what came of it, and whether that was wanted."""

from collections.abc import Iterable
from typing import NamedTuple


class Row(NamedTuple):
    """One line of the table."""

    injected: str
    times: int
    measured: str
    wanted: str
    held: bool


def lines(rows: Iterable[Row]) -> list[str]:
    """Return the table in Markdown."""
    head = ["| injected | times | measured | wanted | |", "|---|---|---|---|---|"]
    return head + [
        f"| {row.injected} | {row.times:,} | {row.measured} | {row.wanted} | {'held' if row.held else '**not held**'} |"
        for row in rows
    ]


def broken(rows: Iterable[Row]) -> list[Row]:
    """Return the rows that did not hold."""
    return [row for row in rows if not row.held]


def told_of(wrong: list[str]) -> str:
    """Return how much is wrong, and the first of it."""
    return f"{len(wrong)}: {'; '.join(wrong[:3])}" if wrong else "0"
