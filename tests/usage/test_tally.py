"""What a flush adds up."""

import pytest

from portal.usage.fold import access_rows
from portal.usage.tally import MOST_REFUSALS, SITE, Tally, network_of
from tests.usage.conftest import MINUTE, NOW, stranger, use

HOUR = MINUTE // 60


def tally(*counts, at=None):
    tally = Tally()
    for row in access_rows(counts):
        tally.add(row, at)
    return tally


def test_calls_and_refusals_are_added_up_by_key_and_hour_and_for_the_whole_site():
    added = tally((use(1), 3), (use(1, resource="/x"), 2), (use(1, reason="expired"), 4), (use(2), 1), (stranger(), 9))
    assert added.hours() == [(SITE, HOUR, 6, 13), (1, HOUR, 5, 4), (2, HOUR, 1, 0)]


def test_an_hour_ends_where_the_next_begins():
    added = tally((use(1, minute=HOUR * 60 + 59), 1), (use(1, minute=HOUR * 60 + 60), 1))
    assert added.hours() == [(SITE, HOUR, 1, 0), (SITE, HOUR + 1, 1, 0), (1, HOUR, 1, 0), (1, HOUR + 1, 1, 0)]


def test_equal_refusals_of_two_minutes_are_one_with_a_count_and_the_last_moment():
    refused = use(1, reason="expired")
    (row,) = tally((refused, 2), (refused._replace(minute=MINUTE + 1), 3)).refusals()
    assert (row.key_id, row.at, row.reason, row.calls) == (1, NOW + 60_000, "expired", 5)


def test_of_a_key_that_is_refused_for_many_things_the_newest_are_kept():
    many = [(use(1, reason="expired", minute=MINUTE + n, resource=f"/{n}"), 1) for n in range(MOST_REFUSALS + 5)]
    rows = tally(*many, (use(2, reason="paused"), 1)).refusals()
    assert len(rows) == MOST_REFUSALS + 1
    assert {row.resource for row in rows}.isdisjoint({"/0", "/4"})


def test_of_a_stranger_nothing_but_the_sum_is_kept():
    added = tally((stranger(), 9))
    assert (added.refusals(), added.addresses(), added.networks()) == ([], [], [])


def test_addresses_and_networks_are_those_of_calls_that_were_let_in():
    added = tally((use(1), 1), (use(1, address="192.0.2.9"), 1), (use(1, address="10.0.0.1", reason="expired"), 1))
    assert [place.place for place in added.addresses()] == ["192.0.2.7", "192.0.2.9"]
    assert added.networks() == [(1, "192.0.2.0/24", NOW, NOW)]


@pytest.mark.parametrize(
    ("address", "network"),
    [("10.1.2.3", "10.1.2.0/24"), ("2001:db8:1:2::3", "2001:db8:1::/48"), ("::1", "::/48"), ("unix", "unix")],
)
def test_a_place_is_a_24_or_a_48(address, network):
    assert network_of(address) == network
