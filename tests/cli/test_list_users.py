"""`flask users list`, `make-admin` and `unmake-admin`."""

import json

import pytest

from portal import clock
from portal.cli import list_users
from tests.cast import ADA, ALICE, BOB


def listed(result):
    return [line.partition("\t")[0] for line in result.stdout.splitlines()]


def test_people_are_listed_by_e_mail(shell, ada, alice, bob, issue):
    issue(alice)
    result = shell("users", "list")
    assert listed(result) == [ADA, ALICE, BOB]
    assert result.stdout.splitlines()[1].split("\t")[1:3] == ["active", "person"]
    assert result.stdout.splitlines()[1].split("\t")[4:] == ["1", "never"]


def test_the_search_and_the_filters_are_those_of_the_page(shell, ada, alice, bob, session):
    bob.disabled_at = clock.now()
    session.commit()
    assert listed(shell("users", "list", "--search", "ALI")) == [ALICE]
    assert listed(shell("users", "list", "--admins")) == [ADA]
    assert listed(shell("users", "list", "--disabled")) == [BOB]
    assert listed(shell("users", "list", "--search", "%")) == []


def test_json_is_an_object_a_line(shell, ada):
    [line] = shell("users", "list", "--json").stdout.splitlines()
    told = json.loads(line)
    assert (told["email"], told["state"], told["role"], told["living_keys"]) == (ADA, "active", "admin", 0)
    assert told["last_seen"] is None


def test_two_filters_at_once_are_one_line(complaint):
    assert "not both" in complaint("users", "list", "--admins", "--disabled")


def test_all_pages_are_read(shell, ada, alice, bob, charlie, monkeypatch):
    monkeypatch.setattr(list_users, "PAGE", 1)
    assert len(listed(shell("users", "list"))) == 4


def test_an_admin_is_made_and_unmade(shell, ada, alice):
    assert shell("users", "make-admin", ALICE).stdout == f"{ALICE} administers the portal.\n"
    assert listed(shell("users", "list", "--admins")) == [ADA, ALICE]
    assert shell("users", "unmake-admin", ADA).stdout == f"{ADA} administers the portal no more.\n"
    assert listed(shell("users", "list", "--admins")) == [ALICE]


def test_the_last_admin_stays(complaint, ada):
    assert "make another administrator first" in complaint("users", "unmake-admin", ADA)


@pytest.mark.parametrize("act", ["make-admin", "unmake-admin"])
def test_an_unknown_account_is_one_line(complaint, act):
    assert f"No account has the e-mail {ALICE}." in complaint("users", act, ALICE)
