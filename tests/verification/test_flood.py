"""Refused credentials are limited for each address."""

from portal.policy.limits import LimitState
from portal.verification.flood import MOST_REFUSALS, WINDOW_MS, Flood, bucket_of

NOW = 1_795_000_000_123
HERE, THERE = "192.0.2.1", "192.0.2.2"


def refuse(flood, address, times, now_ms=NOW):
    return [flood.refused(address, now_ms) for _ in range(times)]


def test_an_address_may_be_refused_so_often_a_minute_and_is_then_told_to_stop():
    flood = Flood()

    assert refuse(flood, HERE, MOST_REFUSALS) == [None] * MOST_REFUSALS
    assert flood.refused(HERE, NOW + 15_000) == LimitState("refusals", MOST_REFUSALS, 60, 0, reset_seconds=45)


def test_whoever_waits_as_long_as_was_said_is_answered_as_before():
    flood = Flood(most=1)
    _first, told = refuse(flood, HERE, 2)

    assert flood.refused(HERE, NOW + told.reset_seconds * 1000 - 1) is not None
    assert flood.refused(HERE, NOW + told.reset_seconds * 1000) is None


def test_trying_on_does_not_make_the_wait_longer():
    flood = Flood(most=1)
    refuse(flood, HERE, 100)

    assert flood.refused(HERE, NOW + WINDOW_MS) is None


def test_one_address_does_not_count_for_another():
    flood = Flood(most=1)
    refuse(flood, HERE, 5)

    assert flood.refused(THERE, NOW) is None


def test_an_address_that_is_not_known_is_not_counted():
    assert refuse(Flood(most=1), None, 5) == [None] * 5


def test_the_addresses_of_one_ipv6_network_count_together_and_those_of_two_do_not():
    flood = Flood(most=1)

    assert flood.refused("2001:db8::1", NOW) is None
    assert flood.refused("2001:db8::ffff:2", NOW) is not None
    assert flood.refused("2001:db8:0:1::1", NOW) is None


def test_an_ipv6_address_is_named_by_its_network():
    assert [bucket_of(one) for one in ("2001:db8:1:2:3::4", "::1", HERE)] == ["2001:db8:1:2::/64", "::/64", HERE]


def test_a_flood_from_many_addresses_fills_no_memory_and_the_oldest_is_forgotten_first():
    flood = Flood(most=1, most_addresses=10)
    for number in range(1000):
        flood.refused(f"10.0.{number // 256}.{number % 256}", NOW + number)

    assert len(flood._counts) == 10
    assert flood.refused("10.0.3.231", NOW + 1000) is not None
    assert flood.refused("10.0.0.0", NOW + 1000) is None


def test_what_is_over_is_forgotten():
    flood = Flood()
    for number in range(100):
        flood.refused(f"10.0.0.{number}", NOW + number)

    flood.refused(HERE, NOW + WINDOW_MS + 49)

    assert len(flood._counts) == 51


def test_a_clock_that_was_set_back_begins_a_new_minute():
    flood = Flood(most=1)
    refuse(flood, HERE, 2)

    assert flood.refused(HERE, NOW - 3_600_000) is None
    assert flood.refused(HERE, NOW - 3_600_000) is not None
