"""Each reason to refuse has one sentence, for the pages and the shell."""

import inspect
import re
from types import SimpleNamespace

import pytest

from portal.accounts import invitations, membership, passwords
from portal.accounts.throttle import Throttled
from portal.errors import Refused
from portal.keys import lifecycle, names
from portal.web.sentences import explain, wait

NOT_A_PERSONS_MISTAKE = {"form-taken"}  # answered with an error page


@pytest.fixture(autouse=True)
def in_english(app):
    with app.app_context():
        yield


def reasons() -> set[str]:
    """Every slug with which the jobs behind the forms refuse, as their sources spell it."""
    found = {f"name-{slug}" for slug in re.findall(r'InvalidName\("([\w-]+)"\)', inspect.getsource(names))}
    for job in (lifecycle, membership, invitations):
        found |= set(re.findall(r'Refused\("([\w-]+)"', inspect.getsource(job)))
    found |= set(re.findall(r'"([a-z-]+)"(?: if|\n)', inspect.getsource(passwords.weakness)))
    return found - NOT_A_PERSONS_MISTAKE


@pytest.mark.parametrize("reason", sorted(reasons()))
def test_every_reason_has_a_sentence(reason):
    sentence = explain(Refused(reason))
    assert sentence[0].isupper()
    assert sentence.endswith(".")


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
