import json
from datetime import timedelta

import pytest

from portal import clock
from portal.keys import finder
from portal.keys.models import Key
from portal.keys.token import PATTERN
from tests.cast import ALICE, BOB


def test_the_token_stands_alone_on_stdout(shell, alice, session, peppers):
    result = shell("keys", "issue", ALICE, "--name", "ci")

    token = result.stdout.removesuffix("\n")
    assert PATTERN.fullmatch(token)
    assert finder.by_token(session, peppers, token).name == "ci"


def test_json_names_the_public_id_and_the_token(shell, alice):
    answer = json.loads(shell("keys", "issue", ALICE, "--name", "ci", "--json").stdout)

    assert set(answer) == {"public_id", "token"}
    assert answer["token"].startswith(f"{answer['public_id']}_")


@pytest.mark.parametrize(("wish", "days"), [((), 90), (("--expires-in", "1d"), 1)])
def test_a_key_works_on_the_whole_of_its_last_day(shell, alice, session, wish, days):
    shell("keys", "issue", ALICE, "--name", "ci", *wish)

    last_day = (clock.now() + timedelta(days=days)).date()
    assert session.query(Key).one().expires_at.isoformat() == f"{last_day}T23:59:59+00:00"


def test_a_key_needs_an_owner(complaint):
    assert f"No account has the e-mail {ALICE}." in complaint("keys", "issue", ALICE, "--name", "ci")


def test_a_living_name_is_not_given_twice(complaint, shell, alice):
    shell("keys", "issue", ALICE, "--name", "ci")

    assert "already has this name" in complaint("keys", "issue", ALICE, "--name", "CI")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (" ", "that can be read"), ("x" * 65, "at most 64 characters"), ("\u202eci", "cannot be seen"),
        ("ptl_7Hq2Wd9xKm_" + "a" * 36, "This is a key, not a name"),
    ],
)  # fmt: skip
def test_a_name_that_is_refused_is_refused_in_the_words_of_the_pages(complaint, alice, name, sentence):
    assert sentence in complaint("keys", "issue", ALICE, "--name", name)


def test_a_key_is_revoked_with_its_reason(shell, alice, issue, session):
    key, _token = issue(alice)

    result = shell("keys", "revoke", key.public_id, "--reason", "found in a repository")

    session.expire_all()
    assert result.stdout == f"Revoked {key.public_id}.\n"
    assert (key.revoked_by, key.revoked_reason) == ("shell", "found in a repository")


def test_revoking_twice_changes_nothing(shell, alice, issue, session):
    key, _token = issue(alice)
    shell("keys", "revoke", key.public_id, "--reason", "leaked")

    result = shell("keys", "revoke", key.public_id, "--reason", "again")

    session.expire_all()
    assert (result.exit_code, result.stdout) == (0, f"{key.public_id} was revoked before.\n")
    assert key.revoked_reason == "leaked"


def test_an_unknown_key_cannot_be_revoked(complaint):
    assert "No key has the public id ptl_nothing." in complaint("keys", "revoke", "ptl_nothing")


def test_a_key_is_paused_and_resumed(shell, alice, issue, session):
    key, _ = issue(alice)

    assert shell("keys", "pause", key.public_id).stdout == f"Paused {key.public_id}.\n"
    assert paused_at(session, key) is not None

    assert shell("keys", "resume", key.public_id).stdout == f"Resumed {key.public_id}.\n"
    assert paused_at(session, key) is None


@pytest.mark.parametrize("act", ["pause", "resume", "revoke"])
def test_an_unknown_public_id_is_one_line(shell, alice, act):
    result = shell("keys", act, "ptl_0000000000")

    assert (result.exit_code, result.stderr) == (1, "Error: No key has the public id ptl_0000000000.\n")


@pytest.mark.parametrize("act", ["pause", "resume"])
def test_a_revoked_key_is_neither_paused_nor_resumed(shell, alice, issue, act):
    key, _ = issue(alice)
    shell("keys", "revoke", key.public_id)

    result = shell("keys", act, key.public_id)
    assert (result.exit_code, result.stderr) == (1, "Error: This key was revoked; it stays as it is.\n")


def paused_at(session, key):
    session.rollback()
    return session.get(Key, key.id, populate_existing=True).paused_at


def test_several_keys_are_revoked_at_once(shell, alice, bob, issue, session):
    keys = [issue(alice, "ci")[0], issue(bob, "bot")[0]]
    result = shell("keys", "revoke", *(key.public_id for key in keys), "--reason", "The lab closes")
    assert result.stdout == "".join(f"Revoked {key.public_id}.\n" for key in keys)
    session.expire_all()
    assert {key.revoked_reason for key in keys} == {"The lab closes"}


def test_where_one_is_unknown_none_is_revoked(complaint, alice, issue, session):
    key, _ = issue(alice)
    assert "No key has the public id ptl_nothing." in complaint("keys", "revoke", key.public_id, "ptl_nothing")
    session.expire_all()
    assert key.revoked_at is None


def test_the_public_ids_may_come_from_standard_input(shell, alice, issue, session):
    keys = [issue(alice, name)[0] for name in ("a", "b")]
    listed = shell("keys", "list", "--owner", ALICE, "--ids").stdout
    assert shell("keys", "revoke", "-", stdin=listed).exit_code == 0
    session.expire_all()
    assert all(key.revoked_at for key in keys)


def test_a_pasted_key_is_cut_to_its_public_id_and_never_repeated(shell, alice, bob, issue):
    key, token = issue(alice)
    for command in (("show",), ("pause",), ("resume",), ("rotate",), ("hand-over", "--to", BOB), ("revoke",)):
        result = shell("keys", *command, token)
        assert result.exit_code == 0, result.output
        assert token.rpartition("_")[2] not in result.output
    assert shell("keys", "list", "--status", "revoked", "--find", token, "--ids").stdout.split() == [key.public_id]
    unknown = shell("keys", "pause", "ptl_0123456789_abcdef")
    assert unknown.stderr == "Error: No key has the public id ptl_0123456789.\n"


def test_several_keys_are_paused_with_a_reason_and_resumed(shell, alice, bob, issue, session):
    keys = [issue(alice, "ci")[0], issue(bob, "bot")[0]]
    ids = [key.public_id for key in keys]
    assert shell("keys", "pause", *ids, "--reason", "Audit").stdout == "".join(f"Paused {name}.\n" for name in ids)
    session.expire_all()
    assert {(key.paused_by, key.paused_reason) for key in keys} == {("shell", "Audit")}
    shown = shell("keys", "show", ids[0]).stdout
    assert "paused_by: shell\npaused_reason: Audit\n" in shown
    assert shell("keys", "pause", ids[0]).stdout == f"{ids[0]} was paused before.\n"
    assert shell("keys", "resume", "-", stdin="\n".join(ids)).stdout == "".join(f"Resumed {name}.\n" for name in ids)
    assert [paused_at(session, key) for key in keys] == [None, None]


@pytest.mark.parametrize("act", ["pause", "resume"])
def test_where_one_is_unknown_or_revoked_none_is_paused_nor_resumed(shell, complaint, alice, issue, session, act):
    key, over = issue(alice, "a")[0], issue(alice, "b")[0]
    shell("keys", "revoke", over.public_id)
    if act == "resume":
        shell("keys", "pause", key.public_id)
    before = paused_at(session, key)
    assert "No key has the public id ptl_nothing." in complaint("keys", act, key.public_id, "ptl_nothing")
    assert f"{over.public_id}: This key was revoked" in complaint("keys", act, key.public_id, over.public_id)
    assert paused_at(session, key) == before


def test_a_key_that_has_ended_stays_as_it_is_when_many_are_paused(shell, alice, issue, session):
    key, _ = issue(alice)
    key.expires_at = clock.now() - timedelta(days=1)
    session.commit()
    assert "stays as it is: it has ended" in shell("keys", "pause", key.public_id).stdout
    assert paused_at(session, key) is None
