"""A policy as a text, and what is kept of it in memory."""

import pytest

from portal.policy.policy import Policy


def read(number, length):
    entries = [f"algo://owner/{number}-{entry}-{'x' * 100}" for entry in range(length)]
    return Policy.from_text(Policy.read({"resources": entries}).to_text())


@pytest.mark.parametrize("length", [1, 50])
def test_a_policy_is_read_once(length):
    assert read(0, length) is read(0, length)


def test_many_long_policies_do_not_stay_in_memory():
    first = read(-1, 50)
    for number in range(300):
        read(number, 50)
    assert read(-1, 50) is not first
    assert read(-1, 50) == first
