"""A database that is gone makes one line a second, not one for each request."""

import logging

import pytest

from portal.errors import Unavailable
from portal.gateway import faults
from tests.gateway.conftest import ask


@pytest.fixture
def at(monkeypatch):
    """Set the clock: `at(0.5)`, in seconds."""
    return lambda seconds: monkeypatch.setattr(faults, "monotonic", lambda: 100 + seconds)


@pytest.fixture
def said(caplog):
    return lambda: [record.getMessage() for record in caplog.records if record.name == faults.log.name]


def test_a_burst_is_one_line_and_the_next_one_says_how_many_it_was(at, said):
    several = faults.Faults()
    at(0)
    for _ in range(1000):
        several.say(Unavailable("it is away"))
    assert said() == ["A key could not be verified: it is away"]
    at(1.1)
    several.say(Unavailable("it is away"))
    assert said()[1:] == [
        "A key could not be verified: it is away",
        "Before it, 999 more could not be verified and were not logged.",
    ]


def test_of_an_unforeseen_fault_the_message_is_not_logged(said):
    faults.Faults().say(KeyError("what a stranger sent"))
    assert "KeyError" in said()[0]
    assert "stranger" not in said()[0]


def test_each_request_is_answered_though_not_each_is_logged(lane, folder, alice, issue, caplog):
    _key, token = issue(alice)
    folder.database.unlink()
    with caplog.at_level(logging.ERROR):
        assert {ask(lane, "GET", "/auth", x_api_key=token).status for _ in range(50)} <= {503, 403}
    assert len([record for record in caplog.records if record.name == faults.log.name]) < 5
