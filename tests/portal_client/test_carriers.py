"""What `tests/verification/test_carriers.py` says of the portal, said of its client; both read the same of anything."""

import base64
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.policy.reasons import Reason
from portal.verification import carriers
from portal.verification.carriers import Carried, KeyInUrl
from portal_client.carriers import NoKey, carried_key
from tests.verification import test_carriers
from tests.verification.test_carriers import (  # noqa: F401
    KEY,
    OTHER,
    test_a_dedicated_header_beats_authorization,
    test_a_key_in_the_query_is_found_whatever_it_is_called,
    test_a_key_is_found_in_every_carrier,
    test_a_netrc_beside_a_dedicated_header_is_not_looked_at,
    test_a_request_that_carries_nothing_misses_its_key,
    test_anything_else_in_authorization_is_malformed,
    test_two_different_keys_of_one_rank_are_ambiguous,
    test_what_only_looks_like_a_key_is_nothing,
)  # fmt: skip

latin_1 = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=40)
bits = st.sampled_from([
    "Bearer ", "bearer", "Simple ", "Basic ", "secret-token:", "Secret-Token:", ",", ", ", " ", "\t", "=", ":", "&",
    "apikey:", "Digest ", KEY, OTHER, KEY[:-1], "\xe9", "x" * 1025,
    base64.b64encode(f"apikey:{KEY}".encode()).decode(),
])  # fmt: skip
values = st.lists(bits | latin_1, max_size=6).map("".join)
VARIABLES = ("HTTP_AUTHORIZATION", "HTTP_X_API_KEY", "HTTP_APIKEY", "HTTP_MC_API_KEY", "QUERY_STRING")


def as_the_portal_says_it(environ: Any) -> Carried:
    """Return what the client reads, in the portal's types; a key in an address it does not hand out."""
    found = carried_key(environ)
    if found is NoKey.KEY_IN_URL:
        told = carriers.carried_key(environ)
        return told if isinstance(told, KeyInUrl) else Reason.KEY_IN_URL
    return Reason(found.value) if isinstance(found, NoKey) else found


@pytest.fixture(autouse=True)
def the_client(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(test_carriers, "carried_key", as_the_portal_says_it)


@settings(max_examples=1_000, deadline=None, database=None)
@given(sent=st.fixed_dictionaries({}, optional=dict.fromkeys(VARIABLES, values)))
def test_both_read_the_same_of_anything(sent: dict[str, str]) -> None:
    assert as_the_portal_says_it(sent) == carriers.carried_key(sent)
