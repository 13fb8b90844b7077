"""`flask keys show` and `flask keys rotate`."""

import json

import pytest

from portal import clock
from portal.keys import finder
from portal.keys.models import Key
from portal.site.settings import DAY


def test_a_key_is_shown_with_all_but_its_secrets(shell, alice, issue):
    key, token = issue(alice)

    shown = shell("keys", "show", key.public_id).stdout

    assert f"public_id: {key.public_id}\nname: ci\nowner: {alice.email}\nkind: standard\nstatus: active\n" in shown
    assert "origin: native yes, hosts none\n" in shown
    assert "resources: algo://* collection://*" in shown
    assert token.rpartition("_")[2] not in shown


def test_a_key_is_shown_as_json(shell, alice, issue):
    key, _ = issue(alice)

    told = json.loads(shell("keys", "show", key.public_id, "--json").stdout)

    assert (told["public_id"], told["rules"]["data"], told["version"]) == (key.public_id, "none", 1)


@pytest.mark.parametrize("overlap", [(), ("--overlap", "1h"), ("--overlap", "7d")])
def test_after_a_rotation_both_tokens_open_the_key_for_a_while(shell, alice, issue, session, peppers, overlap):
    key, token = issue(alice)

    new = shell("keys", "rotate", key.public_id, *overlap).stdout.strip()

    session.expire_all()
    assert finder.by_token(session, peppers, new).id == key.id
    assert json.loads(shell("keys", "show", key.public_id, "--json").stdout)["old_secret_ends"] is not None
    assert new != token


def test_an_overlap_may_end_with_a_day(shell, alice, issue, session):
    key, _ = issue(alice)
    day = (clock.now() + 3 * DAY).date()
    assert shell("keys", "rotate", key.public_id, "--overlap", day.isoformat()).exit_code == 0
    session.rollback()
    session.refresh(key)
    assert f"{key.old_secret_ends_at:%Y-%m-%d %H:%M:%S}" == f"{day} 23:59:59"


def test_a_rotation_without_an_overlap_ends_the_old_secret_at_once(shell, alice, issue):
    key, _ = issue(alice)

    shell("keys", "rotate", key.public_id, "--overlap", "now")

    assert json.loads(shell("keys", "show", key.public_id, "--json").stdout)["old_secret_ends"] is None


def test_a_rotation_answers_in_json_too(shell, alice, issue):
    key, _ = issue(alice)
    answer = json.loads(shell("keys", "rotate", key.public_id, "--json").stdout)
    assert answer["token"].startswith(f"{answer['public_id']}_")


def test_an_overlap_that_is_none_is_one_line(complaint, alice, issue):
    key, _ = issue(alice)
    assert "2h is not an overlap" in complaint("keys", "rotate", key.public_id, "--overlap", "2h")


def test_a_revoked_key_is_not_rotated(complaint, shell, alice, issue, session):
    key, _ = issue(alice)
    shell("keys", "revoke", key.public_id)
    assert "This key was revoked" in complaint("keys", "rotate", key.public_id)
    assert session.query(Key).one().public_id == key.public_id


@pytest.mark.parametrize("act", ["show", "rotate"])
def test_an_unknown_key_is_one_line(complaint, act):
    assert "No key has the public id ptl_nothing." in complaint("keys", act, "ptl_nothing")
