"""`flask keys hand-over`."""

import pytest

from portal.keys.models import Key
from tests.cast import ALICE, BOB


@pytest.fixture
def owner_of(session):
    def read(key):
        session.rollback()
        return session.get(Key, key.id, populate_existing=True).owner.email

    return read


def test_keys_go_to_a_colleague(shell, alice, bob, charlie, issue, owner_of):
    keys = [issue(alice, "ci")[0], issue(charlie, "ci")[0]]
    result = shell("keys", "hand-over", *(key.public_id for key in keys), "--to", BOB)
    assert result.exit_code == 0
    assert [line.split(" as ")[1] for line in result.stdout.splitlines()] == ["“ci”.", "“ci (2)”."]
    assert [owner_of(key) for key in keys] == [BOB, BOB]


def test_a_key_that_stays_is_named_with_its_reason(shell, alice, bob, issue, owner_of):
    key, robot = issue(alice, "ci")[0], issue(alice, "robot", kind="management")[0]
    result = shell("keys", "hand-over", key.public_id, robot.public_id, "--to", BOB)
    assert f"{robot.public_id} stays: A management key" in result.stderr
    assert (owner_of(key), owner_of(robot)) == (BOB, ALICE)


def test_a_key_that_is_one_too_many_is_named(shell, alice, bob, issue, owner_of, monkeypatch):
    monkeypatch.setattr("portal.keys.hand_over.MOST_AT_ONCE", 1)
    keys = [issue(alice, name)[0] for name in ("ci", "nightly")]
    result = shell("keys", "hand-over", *(key.public_id for key in keys), "--to", BOB)
    assert f"{keys[1].public_id} is left: at most" in result.stderr
    assert [owner_of(key) for key in keys] == [BOB, ALICE]


def test_a_key_of_somebody_disabled_is_said_to_be_paused(shell, alice, bob, issue):
    key, _ = issue(alice, "ci")
    shell("users", "disable", ALICE)
    assert "It is paused" in shell("keys", "hand-over", key.public_id, "--to", BOB).stdout


def test_a_key_named_twice_is_handed_over_once(shell, alice, bob, issue):
    key, _ = issue(alice, "ci")
    assert shell("keys", "hand-over", key.public_id, key.public_id, "--to", BOB).stdout.count("Handed over") == 1


def test_an_unknown_key_stops_all_of_it(complaint, alice, bob, issue, owner_of):
    key, _ = issue(alice, "ci")
    said = complaint("keys", "hand-over", key.public_id, "ptl_nothing", "--to", BOB)
    assert "No key has the public id ptl_nothing." in said
    assert owner_of(key) == ALICE


@pytest.mark.parametrize(
    ("email", "said"), [("x@example.org", "No account has this e-mail."), (ALICE, "This person has the key already.")]
)
def test_a_refusal_is_one_line(complaint, alice, issue, email, said):
    assert said in complaint("keys", "hand-over", issue(alice, "ci")[0].public_id, "--to", email)
