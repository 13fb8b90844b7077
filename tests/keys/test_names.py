"""What may name a key."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.keys.names import NAME_LIMIT, InvalidName, clean_name, fold_name
from portal.keys.token import mint


@pytest.mark.parametrize(
    "name",
    ["ci", "x" * NAME_LIMIT, "Zürich", "日本", "a'b\"<c>&", "😀", "👩‍🔬", "می‌خواهم", "=cmd|' /C calc'!A0", "{{7*7}}"],
)
def test_any_visible_text_may_be_a_name(name):
    assert clean_name(name) == name


def test_blanks_are_trimmed_and_made_one():
    assert clean_name("  a \t\n b ") == "a b"


def test_composed_and_decomposed_spellings_are_one_name():
    assert clean_name("u\u0308ber") == "über"


@pytest.mark.parametrize("name", ["", "   ", "\u3164", "\u2800\u2800", "\u0301", "\u200d\u200c"])
def test_a_name_that_shows_nothing_is_empty(name):
    with pytest.raises(InvalidName, match="empty"):
        clean_name(name)


@pytest.mark.parametrize(
    "name", ["a\x00b", "a\u202eb", "a\u2066b", "a\u200bb", "a\ufeffb", "\ud800", "a\x1b[31mb", "\ue000"]
)
def test_characters_that_cannot_be_seen_are_refused(name):
    with pytest.raises(InvalidName, match="unprintable"):
        clean_name(name)


def test_a_token_pasted_into_the_name_is_refused():
    with pytest.raises(InvalidName, match="secret"):
        clean_name(f"my key {mint('ptl')}"[:NAME_LIMIT])


def test_one_character_over_the_limit_is_refused():
    with pytest.raises(InvalidName, match="too-long"):
        clean_name("x" * (NAME_LIMIT + 1))


@given(st.text(max_size=100))
@settings(max_examples=500)
def test_a_clean_name_stays_as_it_is(text):
    try:
        name = clean_name(text)
    except InvalidName:
        return
    assert clean_name(name) == name == unicodedata.normalize("NFC", name)


def test_names_that_look_alike_to_a_person_fold_to_one():
    assert fold_name("CI") == fold_name("ci") == fold_name("c\u200di") == fold_name("ｃｉ")
