"""`flask keys list`: the keys of the whole server."""

import json

import pytest
from sqlalchemy import update

from portal import clock
from portal.keys import export, lifecycle
from portal.keys.models import KeyLastUsed
from portal.site.settings import DAY
from tests.cast import ALICE, BOB


@pytest.fixture
def three(issue, alice, bob, session, as_alice):
    """An active key of Alice and a paused one, both unused for a while, and a key of Bob."""
    keys = [issue(alice, "ci")[0], issue(alice, "laptop")[0], issue(bob, "bot")[0]]
    lifecycle.pause(session, as_alice, keys[1])
    old = [key.id for key in keys[:2]]
    session.execute(update(KeyLastUsed).where(KeyLastUsed.key_id.in_(old)).values(at=clock.now() - 100 * DAY))
    session.commit()
    return keys


def named(result):
    assert result.exit_code == 0, result.output
    return [line.split("\t")[1] for line in result.stdout.splitlines()]


def test_a_line_says_what_an_admin_must_know(shell, three):
    line = shell("keys", "list", "--find", "ci").stdout.rstrip("\n").split("\t")
    assert line[:7] == [three[0].public_id, "ci", ALICE, "standard", "active", "never", "never"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((), ["ci", "laptop", "bot"]),
        (("--owner", ALICE), ["ci", "laptop"]),
        (("--owner", BOB), ["bot"]),
        (("--owner", ALICE, "--status", "active", "--unused-since", "90d"), ["ci"]),
        (("--status", "paused"), ["laptop"]),
        (("--unused-since", "90d"), ["ci", "laptop"]),
        (("--unused-since", "101d"), []),
        (("--kind", "session"), []),
        (("--expires-before", "2020-01-01"), []),
        (("--address", "10.0.0.0/8"), []),
        (("--find", "LAP"), ["laptop"]),
    ],
)
def test_the_options_sift_as_the_page_does(shell, three, options, expected):
    assert named(shell("keys", "list", *options)) == expected


def test_an_e_mail_that_is_nobodys_is_refused(complaint, three):
    assert "No account has the e-mail alice." in complaint("keys", "list", "--owner", "alice", "--ids")


def test_an_e_mail_that_begins_another_means_itself(shell, make_person, issue):
    issue(make_person("al@example.org"), "mine")
    issue(make_person("al@example.org.uk"), "other")
    assert named(shell("keys", "list", "--owner", "al@example.org")) == ["mine"]


def test_json_is_an_object_a_line(shell, three):
    lines = shell("keys", "list", "--owner", ALICE, "--status", "active", "--unused-since", "90d", "--json").stdout
    assert [json.loads(line)["public_id"] for line in lines.splitlines()] == [three[0].public_id]


def test_all_stretches_are_read(shell, three, monkeypatch):
    monkeypatch.setattr(export, "_IDS", 1)
    assert len(named(shell("keys", "list"))) == 3


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("--unused-since", "soon", "soon is not a number of days."),
        ("--expires-before", "tomorrow", "tomorrow is not a day"),
        ("--address", "home", "home is not an address"),
    ],
)
def test_what_cannot_be_read_is_one_line(complaint, three, option, value, sentence):
    assert sentence in complaint("keys", "list", option, value)
