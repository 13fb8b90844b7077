import base64
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.policy.reasons import Reason
from portal.verification.carriers import bearer_token, carried_key

KEY = "ptl_7Hq2Wd9xKm_NotARealSecretJustAPicture0000xQ2mZa"


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
    ],
)
def test_a_key_is_found_in_every_carrier(headers: dict[str, str]) -> None:
    assert carried_key(environ(**headers)) == KEY


def test_a_dedicated_header_beats_authorization() -> None:
    assert carried_key(environ(x_api_key=KEY, authorization="Bearer another")) == KEY
    assert carried_key(environ(x_api_key="another", authorization=f"Bearer {KEY}")) == "another"


@pytest.mark.parametrize("headers", [{}, {"authorization": ""}, {"authorization": "  "}, {"x_api_key": ""}])
def test_a_request_that_carries_nothing_misses_its_key(headers: dict[str, str]) -> None:
    assert carried_key(environ(**headers)) is Reason.MISSING


@pytest.mark.parametrize(
    "value",
    [
        "Bearer", "Bearer ", "Basic", "Basic !!!", "Basic Zm9v=Zm9v", "Basic \xe9\xe8", "Basic " + "A" * 65536,
        "Bearer " + "x" * 65536, "x" * 65536, "ab=cd", "Digest username=apikey", "Negotiate abc", KEY,
        basic("apikey"), basic("apikey:"), basic(b"apikey:\xff\xfe"), basic(b"\xff:x"), basic(f":{KEY}"),
        basic(f"{KEY}:"), basic(f"APIKEY:{KEY}"), basic(f"alice@example.org:{KEY}"), basic(f"apikey :{KEY}"),
    ],
)  # fmt: skip
def test_anything_else_in_authorization_is_malformed(value: str) -> None:
    assert carried_key(environ(authorization=value)) is Reason.MALFORMED


def test_a_password_keeps_its_colons() -> None:
    assert carried_key(environ(authorization=basic("apikey:a:b"))) == "a:b"


def test_parameters_and_lists_are_left_for_the_form_check() -> None:
    assert carried_key(environ(authorization="Bearer x=y")) == "x=y"
    assert carried_key(environ(x_api_key=f"{KEY}, {KEY}")) == f"{KEY}, {KEY}"


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
    assert found in {Reason.MISSING, Reason.MALFORMED} or 0 < len(found) <= 1024


@settings(max_examples=1000, deadline=None)
@given(raw=st.binary(max_size=100))
def test_no_bytes_in_basic_make_it_raise(raw: bytes) -> None:
    assert isinstance(carried_key(environ(authorization=basic(raw))), str)
