"""However a restore ends, and whatever was lost before it: a revoked key stays revoked."""

import os
import sqlite3
import stat
import subprocess
from contextlib import closing

from portal.config import ROOT
from portal.keys import journal


def head_of(path):
    return path.read_text().partition("\n")[0]


def test_nobody_listening_brings_no_key_back(revoked, archive, folder, engine, is_living):
    reader, writer = os.pipe()
    os.close(reader)

    subprocess.run(
        [ROOT / ".venv" / "bin" / "flask", "data", "restore", archive], cwd=ROOT, stdout=writer, check=False,
        env=os.environ | {"PORTAL_DATA_DIR": str(folder.path)}, stderr=subprocess.DEVNULL,
    )  # fmt: skip

    os.close(writer)
    assert list((folder.path / "copies").glob("before-restore-*"))
    assert not is_living(revoked)


def test_what_the_journal_missed_is_known_from_the_database_that_is_replaced(
    shell, revoked, archive, folder, is_living
):
    folder.journal.write_text(head_of(folder.journal))

    result = shell("data", "restore", str(archive))

    assert f"Still revoked: {revoked}" in result.stdout
    assert not is_living(revoked)


def test_a_database_older_than_the_journal_is_held_against_it(shell, revoked, folder, is_living):
    with closing(sqlite3.connect(folder.database, isolation_level=None)) as database:
        database.execute("UPDATE key SET revoked_at = NULL")

    result = shell("audit", "verify")

    assert f"Revoked {revoked}, as {folder.journal} says." in result.stderr
    assert not is_living(revoked)


def test_a_line_that_never_reached_the_journal_is_added_by_the_next_command(shell, revoked, folder):
    folder.journal.write_text(head_of(folder.journal))

    shell("audit", "verify")

    assert journal.read(folder.journal) == [revoked]


def test_a_damaged_database_is_replaced_and_kept(shell, revoked, archive, folder, app, is_living):
    (folder.database).write_bytes(b"These were the accounts of 1987." * 100)

    result = shell("data", "restore", str(archive))

    assert result.exit_code == 0, result.output
    assert not is_living(revoked)
    (aside,) = (folder.path / "copies").glob("before-restore-*/portal.db")
    assert aside.read_bytes().startswith(b"These were the accounts")


def test_the_copies_are_for_their_owner_only(shell, revoked, archive, folder):
    shell("data", "restore", str(archive))

    folders = [path for path in folder.path.rglob("*") if path.is_dir()]
    assert {path.name: oct(stat.S_IMODE(path.stat().st_mode)) for path in folders} == {
        path.name: "0o700" for path in folders
    }
