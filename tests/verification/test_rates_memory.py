"""A rate in memory: at most so many in any span of its period, and refused only when so many passed."""

import threading

from hypothesis import given
from hypothesis import strategies as st

from portal.policy.limits import LimitState, Rate
from portal.policy.reasons import Reason
from portal.verification.rate_log import SLOTS
from portal.verification.rates_memory import RatesInMemory

NOW = 1_795_000_000_123
KEY = 7


def passes(rates, rate, now_ms, key_id=KEY):
    return rates.spend(key_id, [Rate.read(rate)], now_ms).reason is None


def test_as_many_pass_as_the_rate_says_and_no_more():
    rates = RatesInMemory()

    assert [passes(rates, "3/minute", NOW + moment) for moment in range(5)] == [True, True, True, False, False]


def test_the_next_passes_when_the_first_is_a_period_old_and_not_before():
    rates = RatesInMemory()
    for moment in (0, 10, 20):
        assert passes(rates, "3/second", NOW + moment)

    assert [passes(rates, "3/second", NOW + moment) for moment in (999, 1000, 1001, 1010)] == [False, True, False, True]


def test_a_refused_request_spends_nothing():
    rates = RatesInMemory()
    assert passes(rates, "1/second", NOW)
    assert not passes(rates, "1/second", NOW + 999)

    assert passes(rates, "1/second", NOW + 1000)


def test_each_key_has_its_own_count():
    rates = RatesInMemory()

    assert passes(rates, "1/hour", NOW, key_id=1)
    assert passes(rates, "1/hour", NOW, key_id=2)
    assert not passes(rates, "1/hour", NOW, key_id=1)


def test_of_several_rates_all_must_pass_and_a_refusal_by_one_spends_none():
    rates = RatesInMemory()
    both = [Rate.read("2/second"), Rate.read("3/minute")]
    assert [rates.spend(KEY, both, NOW + moment).reason for moment in range(3)] == [None, None, Reason.RATE_LIMITED]

    assert rates.spend(KEY, both, NOW + 1000).reason is None  # the minute's third: the refused one did not take it
    assert rates.spend(KEY, both, NOW + 2000).reason is Reason.RATE_LIMITED


def test_the_state_says_what_is_left_and_for_how_long():
    rates = RatesInMemory()
    rates.spend(KEY, [Rate.read("2/minute")], NOW)

    spent = rates.spend(KEY, [Rate.read("2/minute")], NOW + 15_000)

    assert spent.states == (LimitState("rate", 2, 60, remaining=0, reset_seconds=45),)


def test_no_more_than_the_period_is_said_while_there_is_room():
    spent = RatesInMemory().spend(KEY, [Rate.read("1000/minute")], NOW)

    assert spent.states[0].reset_seconds == 60


def test_a_refusal_names_the_rate_that_refused_and_when_it_will_not():
    rates = RatesInMemory()
    both = [Rate.read("1/minute"), Rate.read("9/hour")]
    rates.spend(KEY, both, NOW)

    spent = rates.spend(KEY, both, NOW + 500)

    assert spent == (Reason.RATE_LIMITED, (LimitState("rate-minute", 1, 60, remaining=0, reset_seconds=60),))
    assert rates.spend(KEY, both, NOW + 60_500).reason is None


def test_after_a_rate_was_lowered_the_wait_is_as_long_as_it_takes():
    rates = RatesInMemory()
    for moment in (0, 20_000, 40_000):
        assert passes(rates, "3/minute", NOW + moment)

    spent = rates.spend(KEY, [Rate.read("1/minute")], NOW + 50_000)

    assert (spent.states[0].remaining, spent.states[0].reset_seconds) == (0, 50)
    assert not passes(rates, "1/minute", NOW + 99_999)
    assert passes(rates, "1/minute", NOW + 100_000)


def test_a_raised_rate_lets_more_pass_at_once():
    rates = RatesInMemory()
    assert passes(rates, "1/hour", NOW)
    assert not passes(rates, "1/hour", NOW)

    assert passes(rates, "2/hour", NOW)


def test_what_others_let_in_counts_too():
    rates = RatesInMemory()
    rates.note(KEY, [Rate.read("2/minute")], NOW)

    assert passes(rates, "2/minute", NOW)
    assert not passes(rates, "2/minute", NOW)


def test_threads_together_let_in_as_many_as_the_rate_says():
    rates, let_in = RatesInMemory(), []

    def use_it():
        let_in.extend(passes(rates, "1000/hour", NOW) for _ in range(500))

    threads = [threading.Thread(target=use_it) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(let_in) == 1000


def test_a_clock_that_was_set_back_stops_nobody_for_longer_than_a_minute_and_a_period():
    rates = RatesInMemory()
    assert passes(rates, "1/hour", NOW)

    assert passes(rates, "1/hour", NOW - 2 * 3_600_000)
    assert not passes(rates, "1/hour", NOW - 2 * 3_600_000 + 1)


def test_a_request_that_is_counted_late_counts():
    rates = RatesInMemory()
    assert passes(rates, "2/second", NOW)
    assert passes(rates, "2/second", NOW - 2500)

    assert not passes(rates, "2/second", NOW + 1)


def test_keys_that_are_no_longer_used_are_let_go():
    rates = RatesInMemory()
    for moment in range(0, 5000, 10):
        assert passes(rates, "5/second", NOW + moment, key_id=moment)
        assert len(rates._logs["second"]) < 250

    passes(rates, "5/second", NOW + 60_000)

    assert len(rates._logs["second"]) == 1


def test_a_key_that_is_used_on_is_not_let_go_with_others():
    rates = RatesInMemory()
    for moment in range(0, 300_000, 14_000):
        assert passes(rates, "5/minute", NOW + moment, key_id=1)
        passes(rates, "5/minute", NOW + moment + 1, key_id=2 + moment)

    assert [passes(rates, "5/minute", NOW + 299_010, key_id=1) for _ in range(2)] == [True, False]


def test_after_a_clock_was_set_back_and_forth_again_nobody_passes_too_often():
    rates = RatesInMemory()
    assert passes(rates, "1/hour", NOW)
    assert passes(rates, "1/second", NOW - 50_000, key_id=2)

    assert not passes(rates, "1/second", NOW - 50_000 + 999, key_id=2)
    assert not passes(rates, "1/hour", NOW + 3_599_999)


def test_a_log_stays_small_however_great_the_rate():
    rates = RatesInMemory()
    for moment in range(0, 120_000, 7):
        rates.spend(KEY, [Rate.read("1000000/minute")], NOW + moment)

    assert len(rates._logs["minute"]._now[KEY]._ends) <= SLOTS + 1


steps = st.lists(st.integers(0, 400), min_size=1, max_size=150)


@given(count=st.integers(1, 12), steps=steps)
def test_a_small_rate_refuses_exactly_when_so_many_passed_within_the_period(count, steps):
    rates, let_in, now = RatesInMemory(), [], NOW
    for step in steps:
        now += step
        within = [moment for moment in let_in if now - moment < 1000]
        assert passes(rates, f"{count}/second", now) == (len(within) < count)
        if len(within) < count:
            let_in.append(now)


@given(bursts=st.lists(st.tuples(st.integers(0, 700), st.integers(1, 60)), min_size=1, max_size=40))
def test_of_a_great_rate_no_more_pass_in_any_span_and_room_comes_back_a_sixtieth_late_at_most(bursts):
    rates, let_in, now = RatesInMemory(), [], NOW
    for step, burst in bursts:
        now += step
        for _ in range(burst):
            if passes(rates, "100/second", now):
                let_in.append(now)
                assert sum(now - moment < 1000 for moment in let_in) <= 100
            else:
                assert sum(now - moment < 1000 + 1000 // SLOTS for moment in let_in) >= 100


@given(steps=steps, count=st.integers(1, 100))
def test_whoever_waits_as_long_as_was_said_is_let_in(steps, count):
    rates, now, rate = RatesInMemory(), NOW, [Rate(count, "second")]
    for step in steps:
        now += step
        spent = rates.spend(KEY, rate, now)
        if spent.reason is not None:
            now += spent.states[0].reset_seconds * 1000
            assert rates.spend(KEY, rate, now).reason is None
