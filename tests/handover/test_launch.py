"""Where an app may be opened, and what is added to its address."""

from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.handover.launch import LAUNCH_LIMIT, InvalidLaunch, clean_launch, origin_of, with_code


@pytest.mark.parametrize(
    "text",
    [
        "https://galaxy.example.org", "https://galaxy.example.org/open?a=b", "http://127.0.0.1:8010/open",
        "http://localhost/", "http://[::1]:8010/", "https://x/" + "a" * (LAUNCH_LIMIT - 10),
    ],
)  # fmt: skip
def test_an_address_over_https_or_on_this_machine_is_taken(text):
    assert clean_launch(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "", "galaxy.example.org", "//galaxy.example.org", "http://galaxy.example.org", "http://127.0.0.1.example.org/",
        "javascript:alert(1)", "data:text/html,x", "ftp://x/", "https://", "https:///x", "https://user@x/", "https://u:p@x",
        "https://x/#top", "https://x/ y", "https://x/\n", "https://x/\u00e9", "https://x:port/", "https://[::1/",
        "https://x/a;b", "https://x\\@evil.example/", "https://x/'", 'https://x/"', "https://x/" + "a" * LAUNCH_LIMIT,
    ],
)  # fmt: skip
def test_anything_else_is_none(text):
    with pytest.raises(InvalidLaunch):
        clean_launch(text)


@given(text=st.text(max_size=40) | st.builds("https://{}".format, st.text(max_size=40)))
def test_no_text_makes_it_fail_otherwise(text):
    try:
        clean = clean_launch(text)
    except InvalidLaunch:
        return
    origin = origin_of(clean)
    assert clean.startswith(origin)
    assert not set(origin) & set(" ;,'\"")


@pytest.mark.parametrize("launch", ["https://x/open", "https://x/open?a=b"])
@pytest.mark.parametrize("state", [None, "", "a&b=c #?"])
def test_code_and_state_are_added_to_what_is_there(launch, state):
    found = parse_qs(urlsplit(with_code(launch, "c-d_e", state)).query, keep_blank_values=True)
    assert found.get("a") == (["b"] if "?" in launch else None)
    assert (found["code"], found.get("state")) == (["c-d_e"], None if state is None else [state])
