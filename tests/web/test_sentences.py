"""Each reason to refuse has one sentence, for the pages and the shell."""

import inspect
import re
from types import SimpleNamespace

import pytest

from portal.accounts import passwords
from portal.accounts.throttle import Throttled
from portal.config import ROOT
from portal.errors import Refused
from portal.keys import names
from portal.policy.invalid import InvalidRule
from portal.policy.limits import Rate
from portal.web.sentences import explain, explain_rule, wait

SAID_ELSEWHERE = {
    "journal-missing", "journal-foreign", "journal-younger", "pepper-missing", "pepper-differs",  # by a restore
}  # fmt: skip


@pytest.fixture(autouse=True)
def in_english(app):
    with app.app_context():
        yield


def spelt(pattern: str, *places: str) -> set[str]:
    """Every slug that the sources in these places spell so."""
    files = [file for place in places for file in (ROOT / "portal").glob(place)]
    assert files
    return {slug for file in files for slug in re.findall(pattern, file.read_text())}


def reasons() -> set[str]:
    """Every slug with which the jobs behind the forms refuse, as their sources spell it."""
    found = {f"name-{slug}" for slug in spelt(r'InvalidName\("([\w-]+)"\)', "keys/names.py")}
    found |= spelt(
        r'Refused\("([\w-]+)"',
        "keys/*.py",
        "site/*.py",
        "accounts/membership.py",
        "accounts/standing.py",
        "accounts/invitations.py",
    )
    found |= set(re.findall(r'"([a-z-]+)"(?: if|\n)', inspect.getsource(passwords.weakness)))
    return found - SAID_ELSEWHERE - {"setting-invalid"}


def rule_reasons() -> set[str]:
    """Every slug with which a rule or a setting cannot be read."""
    return spelt(r'(?:InvalidRule|_read)\("([\w-]+)"', "policy/*.py", "site/*.py")


@pytest.mark.parametrize("reason", sorted(reasons()))
def test_every_reason_has_a_sentence(reason):
    sentence = explain(Refused(reason, dict.fromkeys(("key", "longest", "ceiling", "name"), "this")))
    assert sentence[0].isupper()
    assert sentence.endswith(".")


@pytest.mark.parametrize("reason", sorted(rule_reasons()))
def test_every_rule_that_cannot_be_read_has_a_sentence(reason):
    sentence = explain_rule(InvalidRule(reason, "Wrong%"))
    assert sentence[0].isupper()
    assert sentence.endswith(".")
    assert "%(" not in sentence


@pytest.mark.parametrize("reason", sorted(rule_reasons() - {"policy", "origin-none"}))
def test_the_sentence_names_what_was_written(reason):
    assert "Wrong%" in explain_rule(InvalidRule(reason, "Wrong%"))


def test_what_was_left_empty_is_said_in_words():
    assert explain_rule(InvalidRule("rate", " ")).startswith("An empty text is not a rate: it is a whole number")


def test_a_setting_that_cannot_be_read_is_explained_as_its_rule_is():
    refused = Refused("setting-invalid", {"reason": "days", "text": "soon"})
    assert explain(refused) == "soon is not a number of days from 1 to 36525."


def test_a_ceiling_is_said_as_it_is_written():
    assert explain(Refused("rate-too-high", {"ceiling": Rate(5, "second")})) == "This site allows at most 5/second."


def test_a_name_that_is_taken_is_explained_with_the_key_that_has_it():
    holder = SimpleNamespace(public_id="ptl_7Hq2Wd9xKm")
    assert "The key ptl_7Hq2Wd9xKm already has this name." in explain(Refused("name-taken", {"key": holder}))


@pytest.mark.parametrize(
    ("reason", "limit"),
    [
        ("name-too-long", names.NAME_LIMIT), ("too-short", passwords.SHORTEST), ("too-long", passwords.LONGEST),
    ],
)  # fmt: skip
def test_a_limit_is_said_as_it_is_declared(reason, limit):
    assert f" {limit} characters." in explain(Refused(reason))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "Too many wrong passwords. Try again in a minute."), (60, "in a minute"), (61, "in 2 minutes")],
)
def test_a_wait_is_said_in_minutes_rounded_up(seconds, words):
    assert words in wait(Throttled(seconds))
