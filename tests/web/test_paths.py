import pytest

from portal.web.paths import PATH_LIMIT, safe_next, split


@pytest.mark.parametrize(
    "path", ["/", "/profile", "/profile/api-credentials?q=a%20b&page=2", "/profile/caf%C3%A9", "/a//b", "/x?u=//other"]
)
def test_a_path_of_this_site_is_kept(path):
    assert safe_next(path) == path


@pytest.mark.parametrize(
    "value",
    [
        None, "", "profile", "//evil.example", "///evil.example", "https://evil.example", "http:evil.example",
        "javascript:alert(1)", "/\t/evil.example", "/%09/evil.example", " //evil.example", "%20//evil.example",
        "/\\evil.example", "/%5Cevil.example", "\\\\evil.example", "/%0d%0aLocation:x", "/\r\n/evil.example",
        "/%2Fevil.example", "/\x00/evil.example", "/\u2028/evil.example", "@evil.example", "?next=/", "#top",
        "/" + "a" * PATH_LIMIT,
    ],
)  # fmt: skip
def test_everything_else_is_not(value):
    assert safe_next(value) is None


@pytest.mark.parametrize("address", [None, "", "http://[bad", "http://[::1/", "http://[x]/"])
def test_what_is_no_address_has_no_parts(address):
    assert not any(split(address))
