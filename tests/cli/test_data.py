"""A backup is whole, and a restore does not bring revoked keys back to life."""

import sqlite3
import stat
import threading
import zipfile
from contextlib import closing, contextmanager

import pytest

from portal.accounts import membership
from portal.file_lock import FileLock
from portal.keys import finder
from portal.keys.models import Key
from portal.web.unit_of_work import writing
from tests.cast import ALICE
from tests.support.issue_key import issue_key


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
            while not stop.wait(0.001):  # in which somebody else may write
                with app.app_context(), writing() as session:
                    owner = membership.by_email(session, ALICE)
                    name = f"key {len(issued)}"
                    issued.append(issue_key(session, owner, name, peppers))

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


def test_what_a_restore_puts_in_place_is_for_its_owner_only(shell, archive, folder):
    shell("data", "backup", str(archive))

    shell("data", "restore", str(archive))

    files = [path for path in folder.path.rglob("*") if path.is_file() and path.suffix not in {".db-wal", ".db-shm"}]
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in files} == {path.name: 0o600 for path in files}
    assert not list(folder.path.glob("restore-*"))


def test_a_restore_waits_for_a_start_to_be_prepared(shell, archive, folder):
    shell("data", "backup", str(archive))
    starting = FileLock(folder.path / "prepare.lock")
    starting.take()
    prepared = []
    threading.Timer(0.3, lambda: (prepared.append(folder.session_key()), starting.release())).start()

    shell("data", "restore", str(archive))

    assert prepared
    assert folder.session_key() != prepared[0]


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
    with FileLock(folder.path / "tick.lock").held():
        assert "Stop it first" in complaint("data", "restore", str(archive))


def test_only_its_owner_can_read_a_backup(shell, archive):
    shell("data", "backup", str(archive))

    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    assert [path.name for path in archive.parent.iterdir() if path.name.startswith(archive.name)] == [archive.name]


def test_a_backup_never_replaces_another_file(complaint, archive):
    archive.write_text("something dear")

    assert "File exists" in complaint("data", "backup", str(archive))
    assert archive.read_text() == "something dear"


def test_a_backup_under_load_is_consistent(shell, archive, app, alice, busy, tmp_path):
    with busy():
        result = shell("data", "backup", str(archive))
    assert result.exit_code == 0, result.output

    with zipfile.ZipFile(archive) as opened:
        opened.extract("portal.db", tmp_path)
    with closing(sqlite3.connect(tmp_path / "portal.db")) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert copy.execute("PRAGMA foreign_key_check").fetchall() == []
        assert copy.execute("SELECT (SELECT count(*) FROM key) = (SELECT count(*) FROM key_secret)").fetchone() == (1,)
