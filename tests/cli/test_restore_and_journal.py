"""Where the journal cannot say what was revoked since the backup, nothing is restored by accident."""

import shutil

import pytest

from portal.data_folder import DataFolder
from portal.extensions import db
from tests.cast import ALICE, PASSWORD


@pytest.fixture
def complains_of(complaint, archive, folder):
    """Try to restore, and find the portal as it was."""

    def restore(what):
        before = folder.database.read_bytes()
        line = complaint("data", "restore", str(archive))
        assert f"{folder.journal} {what}: keys revoked since the backup would work again." in line
        assert folder.database.read_bytes() == before
        assert not (folder.path / "copies").exists()

    return restore


def test_a_journal_that_was_lost_is_missed(complains_of, revoked, folder):
    folder.journal.unlink()

    complains_of("is missing")


def test_a_journal_that_was_lost_is_missed_after_any_command_too(shell, complains_of, revoked, folder):
    folder.journal.unlink()
    result = shell("audit", "verify")
    assert f"{folder.journal} was missing and begins anew" in result.stderr

    complains_of("was begun after the backup was made")


def test_a_journal_that_was_lost_is_missed_after_more_was_revoked_too(
    shell, complains_of, revoked, folder, alice, issue
):
    folder.journal.unlink()
    key, _token = issue(alice, "another")
    shell("keys", "revoke", key.public_id)

    complains_of("was begun after the backup was made")


def test_a_backup_made_since_the_journal_began_anew_can_be_restored(shell, revoked, folder, tmp_path, is_living):
    folder.journal.unlink()
    shell("data", "backup", str(tmp_path / "later.zip"))

    result = shell("data", "restore", str(tmp_path / "later.zip"))

    assert result.exit_code == 0, result.output
    assert not is_living(revoked)


@pytest.fixture
def new_machine(app, folder):
    """Put a fresh data folder in the place of this one; return what was there."""
    with app.app_context():
        db.engine.dispose()
    old = DataFolder(folder.path.with_name("old"))
    shutil.move(folder.path, old.path)
    folder.path.mkdir()
    folder.prepare()
    return old


def test_a_new_machine_asks_for_the_journal(complaint, revoked, archive, new_machine):
    assert "is missing" in complaint("data", "restore", str(archive))


def test_a_new_machine_that_was_used_asks_for_the_journal_too(shell, complains_of, revoked, new_machine):
    shell("users", "create", "grace@example.org", "--password-stdin", stdin=PASSWORD)

    complains_of("is not the journal of this installation")


def test_a_new_machine_with_the_old_journal_keeps_revoked_what_was(
    shell, revoked, archive, folder, new_machine, is_living
):
    shutil.copy(new_machine.journal, folder.journal)

    result = shell("data", "restore", str(archive))

    assert result.exit_code == 0, result.output
    assert f"Still revoked: {revoked} (leaked, {ALICE})" in result.stdout
    assert not is_living(revoked)


@pytest.mark.parametrize("lose", ["unlink", "forget the head"])
def test_who_accepts_the_gap_gets_the_backup_and_a_journal_that_holds_again(
    shell, revoked, archive, folder, tmp_path, is_living, lose
):
    folder.journal.unlink() if lose == "unlink" else folder.journal.write_text("")
    folder.database.unlink()  # it knows what was revoked, too

    assert shell("data", "restore", str(archive), "--without-journal").exit_code == 0

    assert is_living(revoked)
    shell("data", "backup", str(tmp_path / "later.zip"))
    shell("keys", "revoke", revoked)
    assert shell("data", "restore", str(tmp_path / "later.zip")).exit_code == 0
    assert not is_living(revoked)


def test_what_a_gapped_journal_knows_is_revoked_all_the_same(shell, revoked, archive, folder, is_living):
    folder.journal.write_text(f"1 {revoked}")

    shell("data", "restore", str(archive), "--without-journal")

    assert not is_living(revoked)
    (aside,) = (folder.path / "copies").glob("before-restore-*/revocations.journal")
    assert revoked in aside.read_text()
