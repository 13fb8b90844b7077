"""What a try counts against."""

import pytest

from portal.accounts.throttle import for_sign_in, for_sign_up


@pytest.mark.parametrize(("first", "second", "same"), [
    ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True), ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
    ("192.0.2.1", "192.0.2.2", False), (None, None, True),
])  # fmt: skip
def test_an_ipv6_address_counts_with_its_64(first, second, same):
    assert (for_sign_up(first) == for_sign_up(second)) is same
    assert (for_sign_in("a", first, None) == for_sign_in("a", second, None)) is same
