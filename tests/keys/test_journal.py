"""The journal knows every key that is revoked, and whether it knows all of them."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from portal import clock
from portal.backup import copy_database
from portal.errors import Refused
from portal.keys import journal
from portal.keys.lifecycle import revoke
from portal.keys.peppers import Peppers
from tests.conftest import bare_app

OTHERS = Peppers({1: b"o" * 32})


@pytest.fixture
def begun(tmp_path, peppers):
    assert journal.begin(tmp_path / "journal", peppers)
    return tmp_path / "journal"


def test_a_revoked_key_is_in_the_journal(session, alice, issue, as_alice, folder):
    keys = [issue(alice, name)[0] for name in ("one", "two")]
    for key in keys:
        revoke(session, as_alice, key)
        session.commit()

    assert journal.read(folder.journal) == [key.public_id for key in keys]


def test_a_revocation_that_is_rolled_back_is_not(session, alice, issue, as_alice, folder):
    key, _token = issue(alice)
    revoke(session, as_alice, key)
    session.rollback()
    session.commit()

    assert journal.read(folder.journal) == []


def test_the_journal_lies_in_the_data_folder_wherever_the_database_is(
    session, alice, issue, as_alice, folder, tmp_path, monkeypatch
):
    key, _token = issue(alice)
    monkeypatch.chdir(tmp_path)
    copy_database(folder.database, tmp_path / "elsewhere.db")
    app = bare_app(folder.path, database=tmp_path / "elsewhere.db")
    with app.app_context():
        engine = app.extensions["sqlalchemy"].engine
        with Session(engine) as other:
            revoke(other, as_alice, other.merge(key))
            other.commit()
        engine.dispose()

    assert journal.read(folder.journal) == [key.public_id]
    assert not (tmp_path / folder.journal.name).exists()


def test_a_lost_journal_is_not_made_by_the_next_revocation(session, alice, issue, as_alice, folder, caplog):
    key, _token = issue(alice)
    folder.journal.unlink()

    revoke(session, as_alice, key)
    session.commit()

    assert key.revoked_at is not None
    assert not folder.journal.exists()
    assert "The journal of revocations cannot be written" in caplog.text


def test_a_journal_that_cannot_be_written_holds_no_revocation_up(session, alice, issue, as_alice, folder, caplog):
    key, _token = issue(alice)
    folder.journal.unlink()
    folder.journal.mkdir()

    revoke(session, as_alice, key)
    session.commit()

    assert key.revoked_at is not None
    assert "The journal of revocations cannot be written" in caplog.text


def test_a_line_that_a_crash_cut_off_spoils_no_other(session, alice, issue, as_alice, folder):
    with folder.journal.open("a") as file:
        file.write("\n1 ptl_a\n2 ptl_b\n3 ptl_a\n4 pt")
    key, _token = issue(alice)
    revoke(session, as_alice, key)
    session.commit()

    assert journal.read(folder.journal) == ["ptl_a", "ptl_b", "pt", key.public_id]


def test_a_journal_knows_what_was_revoked_since_it_began(begun, peppers):
    assert journal.check(begun, peppers, since=clock.now()) is None


def test_a_journal_does_not_know_what_was_revoked_before(begun, peppers):
    assert journal.check(begun, peppers, since=clock.now() - timedelta(minutes=1)) == Refused("journal-younger")


def test_a_journal_of_others_knows_nothing(begun):
    assert journal.check(begun, OTHERS, since=clock.now()) == Refused("journal-foreign")


def test_a_journal_without_a_head_is_nobodys(tmp_path, peppers):
    (tmp_path / "journal").write_bytes(b"\xff 1 ptl_a\n")

    assert journal.check(tmp_path / "journal", peppers, since=clock.now()) == Refused("journal-foreign")


def test_where_there_is_none_it_is_missed(tmp_path, peppers):
    assert journal.check(tmp_path / "journal", peppers, since=clock.now()) == Refused("journal-missing")
    assert journal.read(tmp_path / "journal") == []


def test_a_journal_stays_ones_own_when_a_pepper_is_added(begun, peppers):
    more = Peppers({**peppers.by_number, 2: b"n" * 32})

    assert journal.check(begun, more, since=clock.now()) is None


def test_a_journal_that_is_there_is_never_begun_again(begun, peppers):
    before = begun.read_text()

    assert not journal.begin(begun, peppers)
    assert begun.read_text() == before
