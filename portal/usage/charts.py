"""The geometry of charts, from numbers: what a template draws as inline SVG. No colours and no words.

Charts are drawn in units of their own and stretched by the page: a bar chart is as many units wide as it has bars and
100 high, y pointing down.
"""

from collections.abc import Sequence
from dataclasses import dataclass

HEIGHT = 100
LEAST = 2.0  # so that one call beside a thousand is seen
GAP = 0.2
SPARK_WIDTH, SPARK_HEIGHT = 96, 24
_MARGIN = 2.0
_SMALL = (4, 6, 8)
_ROUND = (10, 12, 16, 20, 24, 30, 40, 60, 80, 100)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: let in below, refused on top of it."""

    x: float
    width: float
    calls_y: float
    calls_height: float
    refused_y: float
    refused_height: float


@dataclass(frozen=True, slots=True)
class BarChart:
    """Bars side by side, `width` by `HEIGHT`; `top` is the number that the upper edge stands for."""

    width: int
    height: int
    top: int
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Sparkline:
    """A line as the points of an SVG polyline, and where it ends."""

    width: int
    height: int
    points: str
    end_x: float
    end_y: float


def bar_chart(values: Sequence[tuple[int, int]]) -> BarChart:
    """Return bars for pairs of calls and refusals."""
    top = round_up(max((calls + refused for calls, refused in values), default=0))
    bars = tuple(_bar(place, calls, refused, top) for place, (calls, refused) in enumerate(values))
    return BarChart(len(values), HEIGHT, top, bars)


def sparkline(values: Sequence[int]) -> Sparkline:
    """Return a line through the values; without any, and of zeros, a flat one."""
    values = values or (0,)
    top = max(*values, 1)
    step = (SPARK_WIDTH - 2 * _MARGIN) / max(len(values) - 1, 1)
    room = SPARK_HEIGHT - 2 * _MARGIN
    spots = [
        (_short(_MARGIN + place * step), _short(_MARGIN + room * (1 - value / top)))
        for place, value in enumerate(values)
    ]
    return Sparkline(SPARK_WIDTH, SPARK_HEIGHT, " ".join(f"{x:g},{y:g}" for x, y in spots), *spots[-1])


def share(value: int, top: int) -> float:
    """Return how long the bar of `value` is where that of `top` is 100: never longer, and seen when there is any."""
    return _short(min(max(100 * value / max(top, 1), LEAST if value > 0 else 0), 100))


def round_up(value: int) -> int:
    """Return the next of 4, 6, 8, then of 10, 12, 16, 20, 24, 30, 40, 60, 80, 100, 120 …: halves of it are whole."""
    if value <= _SMALL[-1]:
        return next(number for number in _SMALL if value <= number)
    step = 1
    while value > _ROUND[-1] * step:
        step *= 10
    return next(number * step for number in _ROUND if value <= number * step)


def _bar(place: int, calls: int, refused: int, top: int) -> Bar:
    calls_height, refused_height = _height(calls, top), _height(refused, top)
    too_high = calls_height + refused_height - HEIGHT  # by what was lent to a small one
    if too_high > 0 and calls_height > refused_height:
        calls_height -= too_high
    elif too_high > 0:
        refused_height -= too_high
    calls_y = HEIGHT - calls_height
    return Bar(
        _short(place + GAP / 2), 1 - GAP, _short(calls_y), _short(calls_height),
        _short(calls_y - refused_height), _short(refused_height),
    )  # fmt: skip


def _height(value: int, top: int) -> float:
    return max(HEIGHT * value / top, LEAST) if value > 0 else 0.0


def _short(number: float) -> float:
    return round(number, 2)
