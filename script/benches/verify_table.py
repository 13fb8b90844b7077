"""The tables of `script/bench verify`, in Markdown, and the same as JSON."""

import json
from collections.abc import Iterable
from pathlib import Path

from script.benches.verify_figures import Measured
from script.benches.verify_rounds import Range, Taken, over
from script.benches.verify_wrk import Failed

LONGEST_NOTE = 200


def figures(measured: Iterable[Measured]) -> list[str]:
    """Return the lines of the table of figures."""
    lines = ["| what | measured | by round | at least | aim | |", "|---|---|---|---|---|---|"]
    for each in measured:
        figure = each.figure
        limits = f"{figure.limit(figure.least)} | {figure.limit(figure.aim)}"
        if each.range is None:
            lines.append(f"| {figure.what} | not measured | | {limits} | {one_line(each.note)} |")
            continue
        said = ", ".join(part for part in (figure.mark(each.range.median), each.note) if part)
        value = f"{number(each.range.median)}{figure.unit}"
        lines.append(f"| {figure.what} | {value} | {_spread(each.range)} | {limits} | {said} |")
    return lines


def entries(samples: Taken, words: dict[str, str], notes: dict[str, str]) -> list[str]:
    """Return the lines of the table of all that was asked, in absolute numbers."""
    lines = [
        "| served | req/s | by round | p50 ms | p99 ms | cpu µs | others' cores | |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name in samples:
        try:
            rate, p50 = over(samples, name, lambda each: each.rate), over(samples, name, lambda each: each.p50_ms)
            p99, cpu = over(samples, name, lambda each: each.p99_ms), over(samples, name, lambda each: each.cpu_us)
            others = over(samples, name, lambda each: each.others)
        except Failed:
            lines.append(f"| {words[name]} | failed | | | | | | {one_line(notes.get(name, ''))} |")
            continue
        by_round = f"{rate.least:,.0f}-{rate.greatest:,.0f}"
        lines.append(
            f"| {words[name]} | {rate.median:,.0f} | {by_round} | {p50.median:.2f} | {p99.median:.2f} "
            f"| {cpu.median:.0f} | {others.median:.2f} | {notes.get(name, '')} |"
        )
    return lines


def write_json(path: Path, about: list[str], measured: list[Measured], samples: Taken) -> None:
    """Keep everything, each sample of each round."""
    told = {
        "about": about,
        "figures": {
            each.figure.name: {
                "what": each.figure.what, "measured": each.range and each.range._asdict(), "note": each.note,
                "at_least": each.figure.least, "aim": each.figure.aim,
            }
            for each in measured
        },
        "samples": {name: [sample and sample._asdict() for sample in taken] for name, taken in samples.items()},
    }  # fmt: skip
    path.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")


def one_line(text: str) -> str:
    """Return the end of a text, where programs say why, as a cell of a table can hold it."""
    words = " ".join(text.split()).replace("|", "/")
    return words if len(words) <= LONGEST_NOTE else f"… {words[-LONGEST_NOTE:]}"


def number(value: float) -> str:
    """Return a number with as many digits as mean something."""
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.1f}" if value >= 20 else f"{value:.2f}"  # noqa: PLR2004


def _spread(of: Range) -> str:
    return "" if of.least == of.greatest else f"{number(of.least)}-{number(of.greatest)}"
