"""The geometry of charts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.usage.charts import HEIGHT, bar_chart, round_up, share, sparkline

NUMBERS = st.integers(0, 10**12)


def test_a_bar_is_as_high_as_its_share_of_a_round_number():
    chart = bar_chart([(0, 0), (5, 0), (3, 2), (0, 10)])
    assert (chart.width, chart.height, chart.top) == (4, 100, 10)
    assert [(bar.calls_y, bar.calls_height) for bar in chart.bars] == [(100, 0), (50, 50), (70, 30), (100, 0)]
    assert [(bar.refused_y, bar.refused_height) for bar in chart.bars] == [(100, 0), (50, 0), (50, 20), (0, 100)]
    assert [bar.x for bar in chart.bars] == [0.1, 1.1, 2.1, 3.1]


def test_one_call_beside_a_thousand_is_seen():
    small, great = bar_chart([(1, 0), (1000, 1)]).bars
    assert small.calls_height == great.refused_height == 2


@pytest.mark.parametrize(
    ("value", "top"),
    [(0, 4), (4, 4), (5, 6), (9, 10), (11, 12), (21, 24), (99, 100), (101, 120), (1_234_567, 1_600_000)],
)
def test_the_top_is_a_round_number_whose_half_is_whole(value, top):
    assert round_up(value) == top
    assert top % 2 == 0


@given(st.lists(st.tuples(NUMBERS, NUMBERS), max_size=40))
def test_no_bar_leaves_its_chart(values):
    chart = bar_chart(values)
    for bar in chart.bars:
        assert bar.refused_y >= -0.02
        assert abs(bar.calls_y + bar.calls_height - HEIGHT) < 0.02
        assert 0 <= bar.x <= bar.x + bar.width <= chart.width


@given(st.lists(NUMBERS, max_size=40))
def test_no_line_leaves_its_picture(values):
    line = sparkline(values)
    spots = [tuple(map(float, spot.split(","))) for spot in line.points.split()]
    assert all(0 <= x <= line.width and 0 <= y <= line.height for x, y in spots)
    assert spots[-1] == (line.end_x, line.end_y)


def test_a_line_without_calls_is_flat_at_the_bottom():
    assert {spot.split(",")[1] for spot in sparkline([0, 0, 0]).points.split()} == {"22"}


@pytest.mark.parametrize(("value", "top", "length"), [(0, 10, 0), (5, 10, 50), (1, 10**9, 2), (3, 0, 100)])
def test_a_share_is_seen_where_there_is_any(value, top, length):
    assert share(value, top) == length
