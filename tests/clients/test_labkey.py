"""labkey, the Python client of LabKey."""

from urllib.parse import urlsplit

import pytest

SETUP = """
from labkey.api_wrapper import APIWrapper
api = APIWrapper({domain!r}, {folder!r}, context_path={path!r}, use_ssl=False, api_key={token!r})
"""
WHO = "api.security.who_am_i().email"
ROWS = "api.query.select_rows('harbour', 'tides')['rows']"
SOME = "[row['port'] for row in api.query.select_rows('harbour', 'tides', max_rows=1, offset=1)['rows']]"
FILTERED = "api.query.select_rows('harbour', 'tides', sort='port')"


@pytest.fixture
def ask(desk):
    def ask(token, *expressions, container="home"):
        address = urlsplit(desk.endpoint)
        setup = SETUP.format(domain=address.netloc, folder=container, path=address.path or None, token=token)
        return desk.ask(setup, *expressions)

    return ask


@pytest.mark.parametrize("container", ["home", "some/project"])
def test_a_good_key_gets_rows(ask, key, alice, container):
    email, rows, some = (one["gives"] for one in ask(key(), WHO, ROWS, SOME, container=container))
    assert (email, some, len(rows)) == (alice.email, ["Brest"], 4)
    assert rows[1] == {"port": "Brest", "high_water": "2026-03-21T04:55Z", "metres": 7.12}


def test_a_revoked_key_gets_the_error_that_its_users_know(ask, key, revoke):
    token = key()
    revoke()
    for told in ask(token, WHO, ROWS):
        assert told["raises"] == "RequestAuthorizationError"
        assert told["says"] == "401: This key was revoked for good. Generate another one."


def test_a_narrow_key_says_whose_it_is_and_gets_no_rows(ask, narrow, alice):
    who, rows = ask(narrow, WHO, ROWS)
    assert who == {"gives": alice.email}
    sentence = "403: This key does not open this resource. Its owner can add it to the key's list."
    assert rows == {"raises": "ServerContextError", "says": sentence}


def test_what_the_sample_says_no_to_is_told(ask, key):
    missing, sorted_rows = ask(key(), "api.query.select_rows('harbour', 'none')", FILTERED)
    assert missing["raises"] == "QueryNotFoundError"
    assert (sorted_rows["raises"], "neither filters nor sorts" in sorted_rows["says"]) == ("ServerContextError", True)


def test_the_downloaded_netrc_is_enough(desk, ask, key, alice, revoke):
    desk.download("netrc", key(), ".netrc")
    who, rows = ask(None, WHO, ROWS)
    assert (who, len(rows["gives"])) == ({"gives": alice.email}, 4)
    revoke()
    assert ask(None, WHO)[0]["raises"] == "RequestAuthorizationError"


def test_its_own_key_wins_over_another_one_in_a_netrc(desk, ask, key, alice):
    desk.download("netrc", "ptl_nothing", ".netrc")
    assert ask(key(), WHO) == [{"gives": alice.email}]
