"""Where the portal does not answer, nobody passes."""

import json

import pytest

from portal.gateway.problem import UNAVAILABLE
from tests.deploy.conftest import House

pytestmark = pytest.mark.server


@pytest.mark.parametrize("path", ["/things", "/whoami", "/v1/algo/demo/Hello", "/v1/data/table"])
def test_a_portal_that_is_down_is_a_503_in_its_own_words(houseless: House, path: str) -> None:
    reply = houseless.ask(path, **{"X-API-Key": "ptl_whatever"})
    assert (reply.status, reply.headers["X-Auth-Reason"]) == (503, "unavailable")
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert reply.headers["Retry-After"] == "1"
    assert json.loads(reply.body) == json.loads(UNAVAILABLE.body)
    assert houseless.upstream.asked == []
