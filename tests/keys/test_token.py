"""The token: minted, spelled, parsed, digested."""

import re
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.keys.token import ALPHABET, PATTERN, Token, digest, mint

TOKEN = str(Token("ptl_7Hq2Wd9xKm", "NotARealSecretJustAPicture0000"))


def test_a_token_is_taken_whole_by_a_double_click():
    assert re.fullmatch(r"\w+", TOKEN)


def test_a_token_has_prefix_public_id_secret_and_checksum():
    assert re.fullmatch(r"ptl_[0-9A-Za-z]{10}_[0-9A-Za-z]{36}", TOKEN)


@pytest.mark.parametrize(("kind", "start"), [("standard", "ptl_"), ("management", "ptlm_"), ("session", "ptls_")])
def test_the_kind_shows_in_the_prefix(kind, start):
    assert str(mint("ptl", kind)).startswith(start)


def test_a_minted_token_parses_back():
    token = mint("acme")
    assert Token.parse(str(token)) == token


def test_two_thousand_tokens_are_all_different():
    assert len({str(mint("ptl")) for _ in range(2000)}) == 2000


def test_every_single_wrong_character_is_found_by_the_checksum():
    for place in range(len(TOKEN)):
        for other in ALPHABET:
            if other != TOKEN[place]:
                assert Token.parse(TOKEN[:place] + other + TOKEN[place + 1 :]) is None


@pytest.mark.parametrize(
    "text",
    ["", "ptl", "ptl__", "ptl_a_b", TOKEN[:-1], TOKEN + "0", f" {TOKEN}", f"{TOKEN}\n", TOKEN.upper(), "_" + TOKEN,
     TOKEN.replace("_", "-"), TOKEN.replace("ptl", "p" * 40), TOKEN.replace(TOKEN[10], "é"), TOKEN * 2, "\ud800",
     "٠" * 51, "\x00" * 51],
)  # fmt: skip
def test_what_is_not_a_token_parses_to_nothing(text):
    assert Token.parse(text) is None


@given(st.text(alphabet=string.ascii_letters + string.digits + "_-é\x00", max_size=80))
@settings(max_examples=500)
def test_no_text_makes_the_parser_fail(text):
    token = Token.parse(text)
    assert token is None or str(token) == text


def test_a_repr_shows_the_public_id_only():
    token = mint("ptl")
    assert token.secret not in repr(token)
    assert token.public_id in repr(token)


def test_the_digest_depends_on_the_pepper():
    assert digest(TOKEN, b"a" * 32) != digest(TOKEN, b"b" * 32)
    assert len(digest(TOKEN, b"a" * 32)) == 32


def test_the_published_pattern_finds_a_token_in_a_text():
    assert PATTERN.search(f"curl -H 'X-API-Key: {TOKEN}'").group() == TOKEN
