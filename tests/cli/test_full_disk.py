"""A disk that takes no more is told of in one line."""

import os
import resource
import subprocess

from portal.config import ROOT


def room_for_little() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))  # for the WAL, and for no copy


def test_a_backup_that_does_not_fit_is_told_and_cleared_away(folder, alice, tmp_path):
    done = subprocess.run(
        [ROOT / ".venv" / "bin" / "flask", "data", "backup", tmp_path / "portal.zip"], cwd=ROOT, check=False,
        env=os.environ | {"PORTAL_DATA_DIR": str(folder.path)}, capture_output=True, text=True,
        preexec_fn=room_for_little,
    )  # fmt: skip

    assert done.returncode == 1
    assert done.stderr.startswith(f"Error: The backup {tmp_path / 'portal.zip'} cannot be written: ")
    assert done.stderr.count("\n") == 1
    assert not list(tmp_path.glob("portal.zip*"))
