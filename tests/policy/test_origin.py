"""From where a key may be called: native clients, and web pages of certain hosts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.policy.facts import Facts
from portal.policy.hosts import clean_host
from portal.policy.invalid import InvalidRule
from portal.policy.origin import HOSTS_LIMIT, CallerOrigin
from portal.policy.reasons import Reason

NATIVE = CallerOrigin()


def pages_of(*hosts, native=False):
    return CallerOrigin.read({"native": native, "hosts": list(hosts)})


def admits(rule, origin=None, referer=None):
    return rule.judge(Facts(origin=origin, referer=referer)) is None


def test_a_native_client_may_call_with_a_native_key():
    assert admits(NATIVE)


def test_a_native_client_may_not_call_with_a_key_for_pages_only():
    assert pages_of("example.org").judge(Facts()) is Reason.ORIGIN_NOT_ALLOWED


@pytest.mark.parametrize("carried", [{"origin": "https://example.org"}, {"referer": "https://example.org/page"}])
def test_a_request_that_names_its_page_is_a_browsers(carried):
    assert not admits(NATIVE, **carried)
    assert admits(pages_of("example.org"), **carried)


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("example.org", "https://example.org"),
        ("example.org", "http://example.org"),
        ("example.org", "https://example.org:8443"),
        ("example.org", "https://EXAMPLE.org"),
        ("example.org", "https://example.org."),
        ("*.example.org", "https://www.example.org"),
        ("*.example.org", "https://a.b.example.org"),
        ("example.org:8443", "https://example.org:8443"),
        ("example.org:443", "https://example.org"),
        ("example.org:80", "http://example.org"),
        ("localhost:3000", "http://localhost:3000"),
        ("127.0.0.1", "http://127.0.0.1:5000"),
        ("[::1]:5000", "http://[::1]:5000"),
        ("bücher.example.org", "https://xn--bcher-kva.example.org"),
    ],
)
def test_a_page_on_a_listed_host_may_call(host, origin):
    assert admits(pages_of(host), origin)


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("example.org", "https://www.example.org"),
        ("example.org", "https://example.org.evil.example"),
        ("www.example.org", "https://www.example.org.evil.example"),
        ("example.org", "https://evil-example.org"),
        ("*.example.org", "https://example.org"),
        ("*.example.org", "https://evilexample.org"),
        ("*.example.org", "https://www.example.org.evil.example"),
        ("*.example.org", "https://.example.org"),
        ("example.org:8443", "https://example.org"),
        ("example.org:443", "http://example.org"),
        ("example.org", "null"),
        ("example.org", "https://evil.example/example.org"),
        ("example.org", "https://evil.example#example.org"),
        ("example.org", "https://evil.example\\example.org"),
        ("example.org", "https://example.org@evil.example"),
        ("example.org", "https://evil.example@example.org"),
        ("example.org", "https://example.org evil.example"),
        ("example.org", "https://example.org\n"),
        ("example.org", "chrome-extension://example.org"),
        ("example.org", "file://example.org"),
        ("example.org", "example.org"),
        ("example.org", "https://example.org:99999999"),
    ],
)
def test_a_page_elsewhere_may_not_call(host, origin):
    assert pages_of(host, native=True).judge(Facts(origin=origin)) is Reason.ORIGIN_NOT_ALLOWED


def test_an_empty_list_of_hosts_lets_no_page_call():
    assert not admits(pages_of(), "https://example.org")


def test_origin_wins_over_referer():
    rule = pages_of("example.org")
    assert not admits(rule, "https://evil.example", "https://example.org/page")
    assert admits(rule, "https://example.org", "https://evil.example/page")


@pytest.mark.parametrize("referer", ["https://example.org", "https://example.org/a?b#c", "https://example.org?x=\n"])
def test_a_referer_is_read_up_to_its_host(referer):
    assert admits(pages_of("example.org"), referer=referer)


@pytest.mark.parametrize(
    "referer", ["https://evil.example/https://example.org/", "about:blank", "https://user@example.org/"]
)
def test_a_referer_from_elsewhere_is_refused(referer):
    assert not admits(pages_of("example.org"), referer=referer)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Example.ORG", "example.org"), (" example.org ", "example.org"), ("https://example.org/", "example.org"),
        ("*.Example.org", "*.example.org"), ("example.org.", "example.org"), ("example.org:08443", "example.org:8443"),
        ("bücher.de", "xn--bcher-kva.de"), ("[::0001]", "[::1]"), ("my_host", "my_host"),
    ],
)  # fmt: skip
def test_a_host_is_kept_in_one_spelling(typed, kept):
    assert clean_host(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "", "*", "*.", "exa mple.org", "example.org/path", "example.org:0", "example.org:65536", "example.org:http",
        "ex*mple.org", "www.*.org", "-example.org", "example..org", "[::1", "[example.org]", "user@example.org",
        "example.org\x00", "a" * 64 + ".org", "ftp://example.org", "\u202eexample.org",
    ],
)  # fmt: skip
def test_what_is_no_host_is_refused_by_its_text(typed):
    with pytest.raises(InvalidRule) as refused:
        pages_of(typed)
    assert (refused.value.reason, refused.value.text) == ("host", typed)


@pytest.mark.parametrize("typed", ["*.org", "*.localhost", "*.192.0.2.1", "*.[::1]"])
def test_a_wildcard_needs_a_domain_of_its_own(typed):
    with pytest.raises(InvalidRule):
        pages_of(typed)


def test_nobody_could_call_with_a_key_for_neither_clients_nor_pages():
    with pytest.raises(InvalidRule, match="origin-none"):
        CallerOrigin.read({"native": False, "hosts": None})


def test_a_list_may_be_as_long_as_the_limit_and_no_longer():
    hosts = [f"h{number}.example.org" for number in range(HOSTS_LIMIT)]
    assert len(pages_of(*hosts).hosts) == HOSTS_LIMIT
    with pytest.raises(InvalidRule, match="hosts-too-many"):
        pages_of(*hosts, "more.example.org")


@given(st.text(max_size=40))
def test_whatever_is_typed_is_a_host_or_refused(text):
    try:
        host = clean_host(text)
    except InvalidRule:
        return
    assert clean_host(host) == host


@given(st.text(max_size=40))
def test_whatever_a_page_calls_itself_only_the_listed_host_may_call(origin):
    assert not admits(pages_of("example.org"), origin) or not origin


@pytest.mark.parametrize(("wide", "narrow", "covers"), [
    ("example.org", "example.org:8443", True), ("example.org:8443", "example.org", False),
    ("example.org:8443", "example.org:9443", False), ("*.example.org:8443", "www.example.org", False),
])  # fmt: skip
def test_one_port_does_not_cover_all(wide, narrow, covers):
    mine, theirs = (CallerOrigin.read({"native": True, "hosts": [host]}) for host in (wide, narrow))
    assert mine.covers(theirs) is covers


@pytest.mark.parametrize(
    "text", ["stra\u00dfe.de", "*.stra\u00dfe.de", "evilhttp://example.org", "*.1.2", "*.example.7"]
)
def test_a_host_that_could_be_taken_for_another_is_none(text):
    with pytest.raises(InvalidRule):
        clean_host(text)
