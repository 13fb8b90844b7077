"""Whatever stands in the headers that may carry a key, the lane has an answer to it."""

import base64

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.keys.token import mint
from tests.gateway.conftest import ask

TOKENS = [str(mint("ptl")) for _ in range(3)]
latin_1 = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=80)
bits = st.sampled_from([
    "Bearer ", "bearer", "Simple ", "Basic ", "secret-token:", "Secret-Token:", ",", ", ", " ", "\t", "=", ":", "?",
    "apikey:", "Digest ", *TOKENS, TOKENS[0][:-1], "\xe9", "x" * 65_536,
    base64.b64encode(f"apikey:{TOKENS[1]}".encode()).decode(),
])  # fmt: skip
values = st.lists(bits | latin_1, max_size=6).map("".join)
HEADERS = ("authorization", "x_api_key", "apikey", "mc_api_key", "x_original_uri", "x_forwarded_uri", "QUERY_STRING")
TOGETHER = [{header} for header in HEADERS] + [{"authorization", "x_api_key"}, {"apikey", "mc_api_key"}, set(HEADERS)]


@settings(max_examples=2_000, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(sent=st.tuples(*[values] * len(HEADERS)))
def test_twenty_thousand_requests_are_answered(lane, sent):
    for some in TOGETHER:
        headers = {header: value for header, value in zip(HEADERS, sent, strict=True) if header in some}
        reply = ask(lane, "GET", "/auth", **headers)
        assert reply.status in {401, 403}
        assert not any(token[-36:] in str(reply.headers) + reply.body.decode() for token in TOKENS)
