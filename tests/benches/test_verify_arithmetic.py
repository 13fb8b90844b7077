"""What `script/bench verify` makes of what it measured. Nothing here is timed."""

import pytest

from script.benches import verify_processes
from script.benches.verify_asker import Seen, tally
from script.benches.verify_figures import FIGURES, Figure, Measured
from script.benches.verify_pacer import is_whole
from script.benches.verify_profile import function, tallies
from script.benches.verify_requests import altered
from script.benches.verify_rounds import Range, over, ratio, spread, take
from script.benches.verify_table import entries, figures, number, one_line
from script.benches.verify_wrk import Failed, Sample


def sample(rate: float, p99_ms: float = 1.0) -> Sample:
    return Sample(requests=round(rate), seconds=1.0, p50_ms=0.5, p99_ms=p99_ms, longest_ms=9, cpu_seconds=1, others=0)


def test_a_ratio_is_taken_within_each_round():
    samples = {"lane": [sample(400), sample(100), sample(900)], "bare": [sample(100), sample(50), sample(300)]}

    assert ratio(samples, "lane", "bare") == Range(3, 2, 4)


def test_things_are_measured_by_turns():
    order = []
    turns = {name: lambda name=name: order.append(name) or sample(1) for name in "ABC"}

    take(turns, 2, lambda _: None)

    assert "".join(order) == "ABCABC"


def test_what_fails_does_not_take_the_others_with_it():
    def fails() -> Sample:
        raise Failed("3 answers were no 2xx")

    samples, failed = take({"good": lambda: sample(5), "bad": fails}, 2, lambda _: None)

    assert failed == {"bad": "3 answers were no 2xx"}
    assert over(samples, "good", lambda each: each.rate).median == 5
    with pytest.raises(Failed, match="bad was not measured"):
        ratio(samples, "bad", "good")


def test_what_failed_in_one_round_has_no_median():
    samples = {"lane": [sample(4), sample(4)], "bare": [sample(1)]}

    with pytest.raises(Failed):
        ratio(samples, "lane", "bare")


def test_what_one_answer_cost():
    assert sample(1_000).cpu_us == pytest.approx(1000)
    assert sample(1_000).rate == 1_000


@pytest.mark.parametrize(
    ("name", "measured", "mark"),
    [
        ("lane", 3.49, "**not reached**"),
        ("lane", 3.5, "reached"),
        ("lane", 4.0, "aim reached"),
        ("p99", 1.01, "**not reached**"),
        ("p99", 1.0, "reached"),
        ("p99", 0.5, "aim reached"),
        ("revoked", 0, "aim reached"),
        ("revoked", 1, "**not reached**"),
        ("knox-granian", 30, ""),
    ],
)
def test_a_figure_says_whether_it_is_reached(name, measured, mark):
    assert FIGURES[name].mark(measured) == mark


def test_the_table_has_a_line_for_each_figure():
    told = [
        Measured(FIGURES["lane"], spread([3.0, 4.0, 5.0]), "a note"),
        Measured(FIGURES["memory"], None, "it did not start"),
        Measured(Figure("one", "something without a limit"), spread([2.0])),
    ]
    times, what = "\N{MULTIPLICATION SIGN}", "`GET /auth`, SQLite, against bare Flask"

    lines = figures(told)[2:]

    assert lines == [
        f"| {what} | 4 {times} | 3-5 | 3.5 {times} | 4 {times} | aim reached, a note |",
        "| memory of the lane at 1,000,000 keys | not measured | | ≤ 150 MiB | ≤ 100 MiB | it did not start |",
        f"| something without a limit | 2 {times} |  |  |  |  |",
    ]


def test_what_failed_has_a_line_too():
    lines = entries({"bare": [sample(1_500)], "bad": []}, {"bare": "Flask", "bad": "Bad"}, {"bad": "refused"})

    assert lines[2:] == [
        "| Flask | 1,500 | 1,500-1,500 | 0.50 | 1.00 | 667 | 0.00 |  |",
        "| Bad | failed | | | | | | refused |",
    ]


def test_why_something_failed_fits_into_a_cell():
    assert one_line("no | good\n at all") == "no / good at all"
    assert one_line("a" * 300 + " the end") == "… " + "a" * 192 + " the end"


@pytest.mark.parametrize(("value", "text"), [(0, "0"), (1234.5, "1,234"), (23.456, "23.5"), (0.5678, "0.57")])
def test_numbers_have_as_many_digits_as_mean_something(value, text):
    assert number(value) == text


def test_only_what_was_begun_after_the_revocation_counts_against_it():
    seen = [Seen(1.0, 200), Seen(2.0, 200), Seen(2.1, 200), Seen(2.2, 401), Seen(2.3, 429), Seen(2.4, 503)]

    assert tally(seen, 2.0) == {"let_in_before": 2, "let_in_after": 1, "refused_after": 2, "faults": 1}


@pytest.mark.parametrize(
    ("got", "whole"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Le", False),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", True),
        (b"HTTP/1.1 204 No Content\r\n\r\n", True),
    ],
)
def test_where_an_answer_ends(got, whole):
    assert is_whole(got) is whole


def test_an_altered_token_differs_in_one_letter_of_its_secret():
    token = "ptl_7Hq2Wd9xKm_NotARealSecretJustAPicture0000xQ2mZa"

    differing = [at for at, pair in enumerate(zip(token, altered(token), strict=True)) if len(set(pair)) == 2]

    assert differing == [token.rindex("_") + 5]


def test_a_profile_counts_a_function_once_in_each_stack():
    stacks = "thread (1);a (x.py:1);b (x.py:5);a (x.py:2) 3\nthread (1);a (x.py:9) 1\n"

    counted = tallies(stacks)

    assert counted["function, its own time"] == {"a (x.py)": 4, "": 4}
    assert counted["function, with what it calls"] == {"a (x.py)": 4, "b (x.py)": 3, "": 4}
    assert counted["line, its own time"] == {"a (x.py:2)": 3, "a (x.py:9)": 1, "": 4}
    assert function("sleep") == "sleep"


def test_a_server_is_not_idle_while_something_of_it_waits_to_be_stored(tmp_path, monkeypatch):
    monkeypatch.setattr(verify_processes, "IDLE_WINDOW_SECONDS", 0.01)
    monkeypatch.setattr(verify_processes, "IDLE_PATIENCE_SECONDS", 0.05)
    batch = tmp_path / "1.batch"
    batch.touch()
    with pytest.raises(TimeoutError):
        verify_processes.wait_until_idle(spools=[tmp_path])

    batch.unlink()
    verify_processes.wait_until_idle(spools=[tmp_path])
