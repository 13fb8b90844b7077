"""`flask users disable`, `enable` and `delete`."""

import pytest

from portal import clock
from portal.accounts import membership
from portal.usage.models import KeyAddress
from tests.cast import ADA, ALICE


def standing(session):
    session.rollback()
    session.expire_all()
    person = membership.by_email(session, ALICE)
    return person and ("disabled" if person.disabled_at else "enabled")


def test_an_account_is_disabled_and_enabled(shell, alice, session):
    assert shell("users", "disable", ALICE).stdout.startswith(f"Disabled {ALICE};")
    assert standing(session) == "disabled"
    assert shell("users", "enable", ALICE).stdout == f"Enabled {ALICE}.\n"
    assert standing(session) == "enabled"


def test_an_account_is_deleted(shell, alice, session):
    assert shell("users", "delete", ALICE, "--yes").stdout == f"Deleted the account of {ALICE}.\n"
    assert standing(session) is None


def test_an_account_is_deleted_only_when_that_is_meant(shell, alice, session):
    assert shell("users", "delete", ALICE, stdin="n\n").exit_code == 1
    assert standing(session) == "enabled"
    assert shell("users", "delete", ALICE, stdin="y\n").exit_code == 0


@pytest.mark.parametrize("act", [("disable", ADA), ("delete", ADA, "--yes")])
def test_the_last_admin_stays(complaint, ada, act):
    assert "make another administrator first" in complaint("users", *act)


@pytest.mark.parametrize("act", [("disable",), ("enable",), ("delete", "--yes")])
def test_an_unknown_account_is_one_line(complaint, act):
    assert f"No account has the e-mail {ALICE}." in complaint("users", act[0], ALICE, *act[1:])


def test_from_where_the_keys_were_used_goes_with_the_account(shell, alice, session, issue):
    key, _ = issue(alice)
    session.add(KeyAddress(key_id=key.id, address="10.1.2.3", first_at=clock.now(), last_at=clock.now()))
    session.commit()
    assert shell("users", "delete", ALICE, "--yes").exit_code == 0
    session.rollback()
    assert session.query(KeyAddress).count() == 0
