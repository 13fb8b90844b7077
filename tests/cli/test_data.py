"""A backup is whole, and a restore does not bring revoked keys back to life."""

import fcntl
import sqlite3
import stat
import threading
import zipfile
from contextlib import closing, contextmanager

import pytest

from portal.accounts import membership
from portal.audit.events import SHELL
from portal.keys import finder, journal, lifecycle
from portal.keys.lifecycle import revoke
from portal.keys.models import Key
from portal.web.unit_of_work import writing
from tests.cast import ALICE


@pytest.fixture
def archive(tmp_path):
    return tmp_path / "portal.zip"


@pytest.fixture
def revoked_since(shell, archive, alice, issue):
    """A key that was revoked after the backup in `archive`, and one that was not."""
    lost, kept = issue(alice, "lost"), issue(alice, "kept")
    shell("data", "backup", str(archive))
    shell("keys", "revoke", lost[0].public_id)
    return lost, kept


@pytest.fixture
def busy(app, peppers):
    """Issue one key after the other in another thread, for as long as the block runs."""

    @contextmanager
    def keep_issuing():
        stop, issued = threading.Event(), []

        def issue_more():
            while not stop.is_set():
                with app.app_context(), writing() as session:
                    owner = membership.by_email(session, ALICE)
                    name = f"key {len(issued)}"
                    issued.append(
                        lifecycle.issue(session, SHELL, owner, name, expires_at=None, prefix="ptl", peppers=peppers)
                    )

        thread = threading.Thread(target=issue_more)
        thread.start()
        yield
        stop.set()
        thread.join()
        assert issued

    return keep_issuing


def reopen(session):
    """Leave the file that the restore replaced, and open the one that stands in its place."""
    session.close()
    session.get_bind().dispose()


def living(session, peppers, token):
    reopen(session)
    return finder.by_token(session, peppers, token).revoked_at is None


def test_a_key_revoked_since_the_backup_stays_revoked(shell, archive, revoked_since, session, peppers):
    (lost, lost_token), (kept, kept_token) = revoked_since

    result = shell("data", "restore", str(archive))

    assert result.exit_code == 0, result.output
    assert f"Still revoked: {lost.public_id} (lost, alice@example.org)" in result.stdout
    assert kept.public_id not in result.stdout
    assert not living(session, peppers, lost_token)
    assert living(session, peppers, kept_token)


def test_what_was_made_since_the_backup_is_gone_and_kept_aside(shell, archive, alice, issue, session, folder):
    shell("data", "backup", str(archive))
    issue(alice, "later")

    shell("data", "restore", str(archive))

    reopen(session)
    assert session.query(Key).count() == 0
    (aside,) = (folder.path / "copies").glob("before-restore-*/portal.db")
    with closing(sqlite3.connect(aside)) as database:
        assert database.execute("SELECT name FROM key").fetchall() == [("later",)]


def test_without_the_journal_nothing_is_restored_by_accident(complaint, shell, archive, revoked_since, folder):
    (folder.path / journal.NAME).unlink()

    line = complaint("data", "restore", str(archive))

    assert "keys revoked since the backup would work again" in line
    assert not (folder.path / "copies").exists()
    assert shell("data", "restore", str(archive), "--without-journal").exit_code == 0


def test_a_restore_ends_every_sign_in(shell, archive, folder):
    shell("data", "backup", str(archive))
    before = folder.session_key()

    shell("data", "restore", str(archive))

    assert folder.session_key() != before


def test_the_trail_is_whole_after_a_restore(shell, archive, revoked_since):
    shell("data", "restore", str(archive))

    assert shell("audit", "verify").stdout.startswith("OK")


def test_a_running_portal_is_not_restored_under_its_feet(complaint, shell, archive, folder):
    shell("data", "backup", str(archive))
    with (folder.path / "tick.lock").open("w") as ticking:
        fcntl.flock(ticking, fcntl.LOCK_EX)

        assert "Stop it first" in complaint("data", "restore", str(archive))


def test_only_its_owner_can_read_a_backup(shell, archive):
    shell("data", "backup", str(archive))

    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    assert [path.name for path in archive.parent.iterdir() if path.name.startswith(archive.name)] == [archive.name]


def test_a_backup_never_replaces_another_file(complaint, archive):
    archive.write_text("something dear")

    assert "File exists" in complaint("data", "backup", str(archive))
    assert archive.read_text() == "something dear"


def test_what_is_no_backup_is_not_restored(complaint, archive, folder):
    archive.write_text("something else")

    assert "is not a backup of a portal" in complaint("data", "restore", str(archive))
    assert not (folder.path / "copies").exists()


def test_a_damaged_backup_is_not_restored(complaint, shell, archive, folder):
    shell("data", "backup", str(archive))
    content = bytearray(archive.read_bytes())
    content[len(content) // 2] ^= 0xFF
    archive.write_bytes(content)

    assert str(archive) in complaint("data", "restore", str(archive))
    assert not (folder.path / "copies").exists()


def test_a_backup_under_load_is_consistent(shell, archive, app, alice, busy, tmp_path):
    with busy():
        shell("data", "backup", str(archive))

    with zipfile.ZipFile(archive) as opened:
        opened.extract("portal.db", tmp_path)
    with closing(sqlite3.connect(tmp_path / "portal.db")) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert copy.execute("PRAGMA foreign_key_check").fetchall() == []
        assert copy.execute("SELECT (SELECT count(*) FROM key) = (SELECT count(*) FROM key_secret)").fetchone() == (1,)


def test_a_revocation_that_is_rolled_back_is_not_in_the_journal(session, alice, issue, as_alice, folder):
    key, _token = issue(alice)
    revoke(session, as_alice, key)
    session.rollback()
    session.commit()

    assert not (folder.path / journal.NAME).exists()


def test_a_line_that_a_crash_cut_off_is_passed_over(tmp_path):
    (tmp_path / "journal").write_text("1 ptl_a\n2 ptl_b\n3 ptl_a\n4")

    assert journal.read(tmp_path / "journal") == ["ptl_a", "ptl_b"]


def test_a_journal_that_cannot_be_written_holds_no_revocation_up(session, alice, issue, as_alice, folder, caplog):
    key, _token = issue(alice)
    (folder.path / journal.NAME).mkdir()

    revoke(session, as_alice, key)
    session.commit()

    assert key.revoked_at is not None
    assert "The journal of revocations cannot be written" in caplog.text
