"""From which addresses a key may be used."""

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.policy.facts import Facts
from portal.policy.invalid import InvalidRule
from portal.policy.networks import NETWORKS_LIMIT, Networks, clean_network
from portal.policy.reasons import Reason


def admits(cidrs, address):
    return Networks.read(cidrs).judge(Facts(address=address)) is None


@pytest.mark.parametrize("address", ["192.0.2.1", "2001:db8::1", None])
def test_a_key_without_networks_may_be_used_from_anywhere(address):
    assert admits([], address)


@pytest.mark.parametrize(
    ("cidr", "address"),
    [
        ("192.0.2.0/24", "192.0.2.0"), ("192.0.2.0/24", "192.0.2.255"), ("192.0.2.7", "192.0.2.7"),
        ("0.0.0.0/0", "203.0.113.9"), ("2001:db8::/32", "2001:db8:ffff::1"), ("2001:db8::7", "2001:db8::7"),
        ("::/0", "2001:db8::1"), ("::ffff:192.0.2.0/120", "192.0.2.9"),
    ],
)  # fmt: skip
def test_an_address_inside_may_use_the_key(cidr, address):
    assert admits([cidr], address)


@pytest.mark.parametrize(
    ("cidr", "address"),
    [
        ("192.0.2.0/24", "192.0.3.0"), ("192.0.2.0/24", "192.0.1.255"), ("192.0.2.7", "192.0.2.8"),
        ("0.0.0.0/0", "2001:db8::1"), ("::/0", "192.0.2.1"), ("2001:db8::/32", "2001:db9::"),
    ],
)  # fmt: skip
def test_an_address_outside_may_not(cidr, address):
    assert Networks.read([cidr]).judge(Facts(address=address)) is Reason.ADDRESS_NOT_ALLOWED


@pytest.mark.parametrize("address", [None, "", "unknown", "192.0.2", "192.0.2.1, 10.0.0.1"])
def test_an_address_that_is_not_known_may_not(address):
    assert not admits(["0.0.0.0/0", "::/0"], address)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("192.0.2.7/24", "192.0.2.0/24"), (" 10.0.0.7 ", "10.0.0.7/32"), ("2001:DB8:0::/48", "2001:db8::/48"),
        ("::ffff:10.0.0.0/104", "10.0.0.0/8"), ("10.0.0.0/255.0.0.0", "10.0.0.0/8"),
    ],
)  # fmt: skip
def test_a_network_is_kept_in_one_spelling(typed, kept):
    assert clean_network(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "10.0.0",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "010.0.0.1",
        "example.org",
        "fe80::1%eth0",
        "10.0.0.1-10.0.0.9",
        "::/129",
    ],
)  # fmt: skip
def test_what_is_no_network_is_refused_by_its_text(typed):
    with pytest.raises(InvalidRule) as refused:
        Networks.read(["10.0.0.0/8", typed])
    assert (refused.value.reason, refused.value.text) == ("network", typed)


def test_a_list_may_be_as_long_as_the_limit_and_no_longer():
    cidrs = [f"10.0.{number}.0/24" for number in range(NETWORKS_LIMIT)]
    assert len(Networks.read(cidrs).cidrs) == NETWORKS_LIMIT
    with pytest.raises(InvalidRule, match="networks-too-many"):
        Networks.read([*cidrs, "10.1.0.0/24"])


@given(st.ip_addresses(), st.integers(0, 128), st.ip_addresses())
def test_a_network_admits_exactly_the_addresses_in_it(start, prefix, address):
    network = ip_network((start, min(prefix, start.max_prefixlen)), strict=False)
    if getattr(ip_address(start), "ipv4_mapped", None) or getattr(address, "ipv4_mapped", None):
        return  # addresses come in their IPv4 form
    assert admits([str(network)], str(address)) == (address in network)


@given(st.text(max_size=50))
def test_whatever_is_typed_is_a_network_or_refused(text):
    try:
        kept = clean_network(text)
    except InvalidRule:
        return
    assert clean_network(kept) == kept
