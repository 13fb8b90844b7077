from ipaddress import ip_network

import pytest

from portal.client_ip import Proxies, canonical_address, client_address, peer_is_trusted

PROXIES = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "client"),
    [
        ("192.0.2.1", None, "192.0.2.1"),
        ("192.0.2.1", "198.51.100.9", "192.0.2.1"),  # nobody made this peer a proxy
        ("10.0.0.1", None, "10.0.0.1"),
        ("10.0.0.1", "", None),
        ("10.0.0.1", "198.51.100.9", "198.51.100.9"),
        ("10.0.0.1", "203.0.113.5, 198.51.100.9", "198.51.100.9"),  # what is left of it is the client's own story
        ("10.0.0.1", "198.51.100.9, 10.9.9.9", "198.51.100.9"),
        ("10.0.0.1", "10.2.2.2,10.9.9.9", "10.2.2.2"),
        ("10.0.0.1", "198.51.100.9, garbage", None),
        ("10.0.0.1", "198.51.100.9,", None),
        ("10.0.0.1", "unknown, 10.9.9.9", None),
        ("10.0.0.1", "198.51.100.9:1234", "198.51.100.9"),
        ("10.0.0.1", "[2001:DB8::1]:443", "2001:db8::1"),
        ("10.0.0.1", "::ffff:198.51.100.9", "198.51.100.9"),
        ("::ffff:10.0.0.1", "198.51.100.9", "198.51.100.9"),
        ("fd00::1", "2001:0db8:0:0::0001", "2001:db8::1"),
        ("fe80::1%eth0", None, "fe80::1"),
        ("", "198.51.100.9", None),
        (None, "198.51.100.9", None),
        ("unix:/run/lane", None, None),
        ("10.0.0.1", "1" * 65536, None),
        ("10.0.0.1", "10.0.0.2," * 5000 + "10.0.0.3", "10.0.0.2"),
        ("10.0.0.1", "\u0661.2.3.4", None),
    ],
)
def test_the_client_is_counted_from_the_right(peer: str | None, forwarded_for: str | None, client: str | None) -> None:
    assert client_address(peer, forwarded_for, PROXIES) == client


def test_without_trusted_proxies_nobody_is_believed() -> None:
    assert client_address("127.0.0.1", "198.51.100.9", ()) == "127.0.0.1"
    assert not peer_is_trusted("127.0.0.1", ())


@pytest.mark.parametrize(("peer", "trusted"), [("10.0.0.1", True), ("192.0.2.1", False), ("", False), (None, False)])
def test_a_peer_is_trusted_by_its_network(peer: str | None, trusted: bool) -> None:
    assert peer_is_trusted(peer, PROXIES) is trusted


@pytest.mark.parametrize("text", ["", "01.2.3.4", "1.2.3", "example.org", "fe80::1%<b>x", "1.2.3.4/8", "\ud800"])
def test_an_address_is_canonical_or_none(text: str) -> None:
    assert canonical_address(text) in {None, "fe80::1"}


@pytest.mark.parametrize("trusted", [PROXIES, Proxies(PROXIES)])
def test_nothing_is_known_where_a_trusted_proxy_passes_on_an_empty_header(trusted) -> None:
    """As granian makes it of a value with a byte beyond ASCII: a client must not be taken for the proxy."""
    assert client_address("10.0.0.1", "", trusted) is None
    assert client_address("198.51.100.9", "", trusted) == "198.51.100.9"


@pytest.mark.parametrize("chain", ["198.51.100.9", "198.51.100.9, 10.0.0.1", "x", "198.51.100.9," * 100])
def test_what_is_remembered_is_what_was_found(chain) -> None:
    found = client_address("10.0.0.1", chain, PROXIES)
    assert [client_address("10.0.0.1", chain, Proxies(PROXIES)) for _ in range(2)] == [found, found]
