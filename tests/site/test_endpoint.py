"""Whether a key can be read on its way to the API."""

import pytest

from portal.site.endpoint import is_exposed


@pytest.mark.parametrize("url", ["http://api.example.org", "http://93.184.216.34/v1", "http://[2606:4700::1111]:8000"])
def test_plain_http_on_a_public_address_is_exposed(url):
    assert is_exposed(url)


@pytest.mark.parametrize(
    "url",
    ["https://api.example.org", "http://127.0.0.1:8000/sample", "http://10.0.0.7", "http://[::1]", "http://localhost:1",
     "http://portal", "http://api.corp.internal", "http://nas.local/x", "http://192.168.1.4:8000"],
)  # fmt: skip
def test_https_and_private_nets_are_not(url):
    assert not is_exposed(url)
