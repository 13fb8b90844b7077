"""The limits of a key in the headers of the IETF's draft: structured fields, RFC 9651."""

import re

from hypothesis import given
from hypothesis import strategies as st

from portal.gateway.limit_headers import limit_headers, limits_as_json
from portal.policy.limits import COUNT_LIMIT, LimitState

RATE = LimitState("rate", 100, 60, remaining=99, reset_seconds=58)
QUOTA = LimitState("quota-day", 10_000, 86_400, remaining=0, reset_seconds=43_200)
ITEM = re.compile(r'"[ -!#-\[\]-~]*"(;[a-z*][a-z0-9_.*-]*=\d{1,15})*')

states = st.builds(
    LimitState, st.sampled_from(["rate", "rate-minute", "quota"]), st.integers(1, COUNT_LIMIT),
    st.integers(1, 31 * 86_400), st.integers(0, COUNT_LIMIT), st.integers(1, 31 * 86_400),
)  # fmt: skip


def test_a_request_without_limits_gets_no_header():
    assert limit_headers(()) == ()


def test_the_policy_and_what_is_left_are_told():
    assert limit_headers([RATE]) == (("RateLimit-Policy", '"rate";q=100;w=60'), ("RateLimit", '"rate";r=99;t=58'))


def test_several_limits_are_items_of_one_list():
    assert dict(limit_headers([RATE, QUOTA])) == {
        "RateLimit-Policy": '"rate";q=100;w=60, "quota-day";q=10000;w=86400',
        "RateLimit": '"rate";r=99;t=58, "quota-day";r=0;t=43200',
    }


def test_a_refusal_says_when_to_come_again_and_no_limit_ends_later():
    assert dict(limit_headers([QUOTA, RATE], is_refused=True))["Retry-After"] == "43200"


@given(st.lists(states, min_size=1, max_size=4))
def test_every_header_is_a_list_of_strings_with_whole_numbers_as_parameters(limits):
    policy, state = limit_headers(limits)

    for _name, value in (policy, state):
        assert all(ITEM.fullmatch(item) for item in value.split(", "))


def test_the_same_is_told_in_json():
    assert limits_as_json([RATE]) == [{"name": "rate", "limit": 100, "window": 60, "remaining": 99, "reset": 58}]
    assert limits_as_json([]) == []
