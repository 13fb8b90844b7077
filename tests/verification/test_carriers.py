import base64
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.keys.token import Token
from portal.policy.reasons import Reason
from portal.verification.carriers import KeyInUrl, bearer_token, carried_key, forwarded_key

KEY = str(Token("ptl_7Hq2Wd9xKm", "NotARealSecretJustAPicture0000"))
OTHER = str(Token("ptl_7Hq2Wd9xKn", "NotARealSecretJustAPicture0000"))


def environ(**headers: str) -> dict[str, Any]:
    return {f"HTTP_{name.upper()}": value for name, value in headers.items()}


def basic(user_and_password: str | bytes, scheme: str = "Basic") -> str:
    raw = user_and_password if isinstance(user_and_password, bytes) else user_and_password.encode()
    return f"{scheme} {base64.b64encode(raw).decode()}"


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": f"Bearer {KEY}"},
        {"authorization": f"bearer {KEY}"},
        {"authorization": f"BEARER   {KEY} \t"},
        {"authorization": basic(f"apikey:{KEY}")},
        {"authorization": basic(f"apikey:{KEY}", "bAsIc")},
        {"x_api_key": KEY},
        {"x_api_key": f"  {KEY}\t"},
        {"x_api_key": "", "authorization": f"Bearer {KEY}"},
        {"x_api_key": " ", "authorization": f"Bearer {KEY}"},
        {"apikey": KEY},
        {"mc_api_key": KEY},
        {"x_api_key": KEY, "apikey": KEY, "mc_api_key": f" {KEY}"},
        {"x_api_key": f"{KEY}, {KEY}"},
        {"authorization": KEY},
        {"authorization": f" {KEY} "},
        {"authorization": f"Simple {KEY}"},
        {"authorization": f"sIMPLE {KEY}"},
        {"authorization": f"Bearer {KEY}, Simple {KEY},"},
        {"authorization": f"secret-token:{KEY}"},
        {"authorization": f"Bearer secret-token:{KEY}"},
        {"authorization": f"Simple Secret-Token:{KEY}"},
        {"authorization": basic(f"apikey:secret-token:{KEY}")},
        {"x_api_key": f"SECRET-TOKEN:{KEY}"},
        {"apikey": f"secret-token:{KEY}", "mc_api_key": KEY},
    ],
)
def test_a_key_is_found_in_every_carrier(headers: dict[str, str]) -> None:
    assert carried_key(environ(**headers)) == KEY


def test_a_dedicated_header_beats_authorization() -> None:
    assert carried_key(environ(x_api_key=KEY, authorization="Bearer another")) == KEY
    assert carried_key(environ(x_api_key="another", authorization=f"Bearer {KEY}")) == "another"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": ""},
        {"authorization": "  "},
        {"x_api_key": ""},
        {"authorization": "Bearer"},
        {"authorization": "Bearer "},
        {"authorization": "simple"},
    ],
)
def test_a_request_that_carries_nothing_misses_its_key(headers: dict[str, str]) -> None:
    assert carried_key(environ(**headers)) is Reason.MISSING


@pytest.mark.parametrize(
    "value",
    [
        "Basic", "Basic !!!", "Basic Zm9v=Zm9v", "Basic \xe9\xe8", "Basic " + "A" * 65536,
        "Bearer " + "x" * 65536, "x" * 65536, "ab=cd", "Digest username=apikey", "Negotiate abc",
        KEY.lower(), f"Bearer {KEY}, Digest x", f"{KEY} {KEY}", "secret-token:", f"token {KEY}",
        f"secret-token: secret-token:{KEY}", basic("apikey"), basic("apikey:"), basic(b"apikey:\xff\xfe"),
        basic(b"\xff:x"), basic(f":{KEY}"),
        basic(f"{KEY}:"), basic(f"APIKEY:{KEY}"), basic(f"alice@example.org:{KEY}"), basic(f"apikey :{KEY}"),
    ],
)  # fmt: skip
def test_anything_else_in_authorization_is_malformed(value: str) -> None:
    assert carried_key(environ(authorization=value)) is Reason.MALFORMED


@pytest.mark.parametrize(
    "headers",
    [
        {"x_api_key": KEY, "apikey": OTHER},
        {"apikey": KEY, "mc_api_key": OTHER},
        {"x_api_key": f"{KEY},{OTHER}"},
        {"x_api_key": f"{KEY}, something"},
        {"authorization": f"Bearer {KEY}, Bearer {OTHER}"},
        {"authorization": f"{KEY}, {OTHER}"},
        {"authorization": f"Bearer {KEY}, {basic(f'apikey:{OTHER}')}"},
    ],
)
def test_two_different_keys_of_one_rank_are_ambiguous(headers: dict[str, str]) -> None:
    assert carried_key(environ(**headers)) is Reason.AMBIGUOUS


def test_a_netrc_beside_a_dedicated_header_is_not_looked_at() -> None:
    for header in ("x_api_key", "apikey", "mc_api_key"):
        assert carried_key(environ(**{header: KEY}, authorization=basic(f"apikey:{OTHER}"))) == KEY


@pytest.mark.parametrize(
    "query",
    [
        f"key={KEY}", f"a=b&whatever={KEY}&c=d", KEY, f"k={KEY.replace('_', '%5F')}", f"k=Bearer+{KEY}",
        f"k=Bearer%20{KEY}", f"k=secret-token:{KEY}", f"?{KEY}", f"k=%22{KEY}%22", f"a[]={OTHER[:-1]}x&b={KEY}",
    ],
)  # fmt: skip
def test_a_key_in_the_query_is_found_whatever_it_is_called(query: str) -> None:
    assert carried_key({"QUERY_STRING": query}) == KeyInUrl(KEY)
    assert carried_key({"QUERY_STRING": query, "HTTP_X_API_KEY": OTHER}) == KeyInUrl(KEY)


@pytest.mark.parametrize("query", ["", "a=b", f"k={KEY[:-1]}", f"k={KEY[:-1]}x", f"k={KEY.upper()}", "%", "_=%ff%00"])
def test_what_only_looks_like_a_key_is_nothing(query: str) -> None:
    assert carried_key({"QUERY_STRING": query, "HTTP_X_API_KEY": KEY}) == KEY


@pytest.mark.parametrize("header", ["HTTP_X_ORIGINAL_URI", "HTTP_X_FORWARDED_URI"])
def test_a_key_in_the_address_that_a_proxy_forwards_is_found(header: str) -> None:
    asked = {header: f"/tides?token={KEY}", "HTTP_AUTHORIZATION": f"Bearer {OTHER}"}
    assert forwarded_key(asked) == KeyInUrl(KEY)
    assert carried_key(asked) == OTHER
    assert forwarded_key({header: f"/{KEY}", "HTTP_AUTHORIZATION": f"Bearer {OTHER}"}) == OTHER


def test_no_log_shows_the_key_of_an_address() -> None:
    assert KEY not in repr(KeyInUrl(KEY))


def test_a_password_keeps_its_colons() -> None:
    assert carried_key(environ(authorization=basic("apikey:a:b"))) == "a:b"


def test_parameters_are_left_for_the_form_check() -> None:
    assert carried_key(environ(authorization="Bearer x=y")) == "x=y"


def test_only_the_bearer_scheme_names_a_caller() -> None:
    assert bearer_token(environ(authorization="bEaReR abc ")) == "abc"
    assert bearer_token(environ(authorization=basic("apikey:abc"))) is None
    assert bearer_token(environ(x_api_key="abc")) is None


latin_1 = st.text(st.characters(max_codepoint=255), max_size=200)
schemes = st.sampled_from(["", "Bearer ", "basic ", "Basic\t", "Digest ", "\xa0Bearer "])


@settings(max_examples=1500, deadline=None)
@given(authorization=st.builds(str.__add__, schemes, latin_1), dedicated=st.none() | latin_1)
def test_nothing_makes_it_raise(authorization: str, dedicated: str | None) -> None:
    found = carried_key({"HTTP_AUTHORIZATION": authorization, "HTTP_X_API_KEY": dedicated})
    assert isinstance(found, str)
    assert found in {Reason.MISSING, Reason.MALFORMED, Reason.AMBIGUOUS} or 0 < len(found) <= 1024


@settings(max_examples=1000, deadline=None)
@given(raw=st.binary(max_size=100))
def test_no_bytes_in_basic_make_it_raise(raw: bytes) -> None:
    assert isinstance(carried_key(environ(authorization=basic(raw))), str)
