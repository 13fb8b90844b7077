import threading
from time import perf_counter

from portal.metrics.catalogue import Metric
from portal.metrics.counts import SECONDS, SOURCES, Clock, Counter, Tally

COUNTER = Metric("test_things", "counter", "Things.", ("kind",))
HISTOGRAM = Metric("test_seconds", "histogram", "Seconds.", ("kind",))


def in_threads(act, threads=8, times=5_000):
    def run():
        for _ in range(times):
            act()

    runners = [threading.Thread(target=run) for _ in range(threads)]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join()
    return threads * times


def test_a_tally_loses_none_in_many_threads():
    tally = Tally(["unknown"])
    done = in_threads(lambda: tally.note(None, perf_counter()))
    assert tally.outcomes() == {"allowed": done, "unknown": 0}
    buckets, total = tally.times()
    assert sum(buckets) == done
    assert total > 0


def test_a_tally_puts_each_time_into_the_first_bucket_that_holds_it():
    tally = Tally([])
    tally.note(None, perf_counter() - 0.02)
    buckets, _total = tally.times()
    assert SECONDS[buckets.index(1)] == 0.025


def test_a_counter_loses_none_in_many_threads():
    counter = Counter(COUNTER, ("seen",))
    try:
        done = in_threads(lambda: counter.add("new"))
        assert counter.read() == {("seen",): 0, ("new",): done}
    finally:
        del SOURCES[COUNTER]


def test_a_clock_keeps_what_took_longer_than_its_last_bound():
    clock = Clock(HISTOGRAM, (0.1, 1.0))
    try:
        clock.add(0.1, "a")
        clock.add(5.0, "a")
        assert clock.read() == {("a",): ([1, 0, 1], 5.1)}
    finally:
        del SOURCES[HISTOGRAM]
