"""Which resources a key opens."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.policy.facts import Access, Facts
from portal.policy.invalid import InvalidRule
from portal.policy.reasons import Reason
from portal.policy.resources import ENTRIES_LIMIT, ENTRY_LIMIT, Redundant, Resources, clean_entry

ALL = ("algo://*", "collection://*")


def admits(entries, resource):
    return Resources.read(entries).judge(Facts(resource=resource)) is None


@pytest.mark.parametrize(
    ("entry", "resource"),
    [
        ("algo://*", "algo://demo"),
        ("algo://*", "algo://demo/Hello"),
        ("algo://*", "algo://demo/Hello/1.0.2"),
        ("algo://demo/*", "algo://demo/Hello"),
        ("algo://demo/*", "algo://demo/Hello/1.0.2"),
        ("algo://demo/Hello", "algo://demo/Hello"),
        ("algo://demo/Hello/*", "algo://demo/Hello"),
        ("algo://demo/Hello/*", "algo://demo/Hello/1.0.2"),
        ("ALGO://demo/Hello", "algo://demo/Hello"),
        ("collection://field-notes/*", "collection://field-notes/2026"),
    ],
)
def test_an_entry_opens_what_it_names(entry, resource):
    assert admits([entry], resource)


@pytest.mark.parametrize(
    ("entry", "resource"),
    [
        ("algo://*", "query://demo/Hello"),
        ("algo://*", "algorithm://demo/Hello"),
        ("algo://*", "https://demo/Hello"),
        ("algo://demo/*", "algo://demonstration/Hello"),
        ("algo://demo/*", "algo://nlp/demo"),
        ("algo://demo/Hello", "algo://demo/Hello/1.0.2"),
        ("algo://demo/Hello", "algo://demo/HelloWorld"),
        ("algo://demo/Hello", "algo://demo/hello"),
        ("algo://demo/Hello/*", "algo://demo/HelloWorld"),
        ("algo://demo/Hello/*", "algo://demo"),
    ],
)
def test_an_entry_opens_nothing_else(entry, resource):
    assert not admits([entry], resource)


@pytest.mark.parametrize(
    "resource",
    [
        "algo://demo/../nlp/Secret", "algo://demo/./Hello", "algo://demo/..", "algo://demo//Hello", "algo://demo/",
        "algo://", "algo://*", "algo://demo/*", "algo://demo/Hello?x=1", "algo://demo/Hello#x", "algo://demo/He llo",
        "algo://demo/Hello\n", "algo://demo\\Hello", "", "demo/Hello", "algo:/demo/Hello", "algo://de\u0301mo/Hello",
        "algo://demo/%2e%2e/other", "algo://demo/%2E./other", "algo://demo/%2F..%2Fother", "algo://demo/a%5cb",
        "algo://demo/%252e%252e/other", "algo://demo/%zz", "algo://demo/100%",
    ],
)  # fmt: skip
def test_a_resource_that_is_not_well_formed_is_opened_by_nothing(resource):
    assert not admits(["algo://*", "algo://demo/*"], resource)


def test_a_key_without_entries_opens_no_resource():
    assert Resources().judge(Facts(resource="algo://demo/Hello")) is Reason.RESOURCE_NOT_ALLOWED


def test_a_request_that_states_nothing_passes_where_the_list_narrows_nothing():
    assert Resources.read(ALL).judge(Facts()) is None


@pytest.mark.parametrize("entries", [(), ("algo://demo/*",), ("algo://*", "collection://field-notes/*")])
def test_a_request_that_states_nothing_is_refused_where_the_list_narrows_anything(entries):
    assert Resources.read(entries).judge(Facts()) is Reason.RESOURCE_NOT_ALLOWED


@pytest.mark.parametrize("facts", [Facts(any_key=True), Facts(access=Access.READ)])
def test_the_list_is_not_asked_where_the_request_needs_no_resource(facts):
    assert Resources().judge(facts) is None


def test_a_resource_that_is_stated_is_asked_for_even_where_any_key_would_do():
    assert Resources().judge(Facts(resource="algo://demo/Hello", any_key=True)) is Reason.RESOURCE_NOT_ALLOWED


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "*", "algo", "algo:", "algo://", "algo:/demo", "algo://demo", "algo://demo/", "algo://demo/Hello/",
        "algo://demo/Hello/1.0", "algo://*/Hello", "algo://demo/He*", "algo://*/*", "algo://demo/Hello/*/x", "://*",
        "1algo://*", "algo ://*", "algo://de mo/*", "algo://demo/Hello\x00", "algo://../x", "algo://demo/..",
        "algo://demo/é", "http://example.org/x?y", "a" * 33 + "://*",
    ],
)  # fmt: skip
def test_an_entry_that_is_no_uri_of_the_four_forms_is_refused_by_its_text(text):
    with pytest.raises(InvalidRule) as refused:
        Resources.read(["algo://*", text])
    assert (refused.value.reason, refused.value.text) == ("resource", text)


def test_blanks_around_an_entry_and_capitals_in_its_scheme_are_forgiven():
    assert clean_entry("  Algo://Demo/Hello ") == "algo://Demo/Hello"


def test_an_entry_may_be_as_long_as_the_limit_and_no_longer():
    longest = "algo://demo/" + "x" * (ENTRY_LIMIT - len("algo://demo/"))
    assert clean_entry(longest) == longest
    with pytest.raises(InvalidRule):
        clean_entry(longest + "x")


def test_a_list_may_be_as_long_as_the_limit_and_no_longer():
    entries = [f"algo://demo/a{number}" for number in range(ENTRIES_LIMIT)]
    assert len(Resources.read(entries).entries) == ENTRIES_LIMIT
    with pytest.raises(InvalidRule, match="resources-too-many"):
        Resources.read([*entries, "algo://demo/more"])


def test_an_entry_counts_once():
    assert Resources.read(["algo://*", " algo://*", "ALGO://*"]).entries == ("algo://*",)


def test_an_entry_that_adds_nothing_is_told_with_the_one_that_opens_it():
    rule = Resources.read(["algo://demo/*", "algo://demo/Hello", "query://*"])
    assert rule.redundant() == [Redundant("algo://demo/Hello", "algo://demo/*")]


def test_entries_that_each_add_something_are_not_told():
    assert Resources.read(["algo://demo/*", "algo://nlp/Hello", "query://*"]).redundant() == []


@given(st.text(max_size=60))
def test_whatever_is_typed_is_an_entry_or_refused(text):
    try:
        entry = clean_entry(text)
    except InvalidRule:
        return
    assert clean_entry(entry) == entry


@given(st.text(max_size=60))
def test_whatever_is_asked_for_a_narrow_key_opens_only_what_it_names(resource):
    assert not admits(["algo://demo/Hello"], resource) or resource == "algo://demo/Hello"


def test_a_list_with_a_narrow_entry_of_another_scheme_does_not_cover_a_whole_one():
    narrow, whole = Resources(("algo://*", "collection://demo/*")), Resources(("algo://*",))
    assert whole.judge(Facts()) is None
    assert narrow.judge(Facts()) is Reason.RESOURCE_NOT_ALLOWED
    assert not narrow.covers(whole)


def test_an_entry_that_adds_nothing_narrows_nothing():
    assert Resources(("algo://*", "algo://demo/*")).judge(Facts()) is None
