"""Commands work where no server ever ran, and say what is wrong in one line."""

import os
import sqlite3
import subprocess
from contextlib import closing

from portal.config import ROOT
from tests.cast import ALICE, PASSWORD


def flask(folder, *arguments, stdin=""):
    return subprocess.run(
        [ROOT / ".venv" / "bin" / "flask", *arguments], env=os.environ | {"PORTAL_DATA_DIR": str(folder)}, cwd=ROOT,
        input=stdin, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_first_account_can_be_made_before_the_first_start(tmp_path):
    done = flask(tmp_path / "data", "users", "create", ALICE, "--admin", "--password-stdin", stdin=PASSWORD)

    assert (done.returncode, done.stdout) == (0, f"Made an account for {ALICE}.\n"), done.stderr
    with closing(sqlite3.connect(tmp_path / "data" / "portal.db")) as database:
        assert database.execute("SELECT email, is_admin FROM person").fetchall() == [(ALICE, 1)]


def test_a_folder_that_cannot_be_written_is_said_in_one_line(tmp_path):
    (tmp_path / "file").touch()

    done = flask(tmp_path / "file" / "data", "audit", "verify")

    assert done.returncode == 1
    assert done.stderr.startswith("Error: The data folder")
    assert done.stderr.count("\n") == 1
