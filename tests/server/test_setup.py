"""`script/setup` on machines that lack something, and where nothing changed."""

import os
import shutil
import subprocess
import sys

import pytest

from portal.config import ROOT

pytestmark = pytest.mark.server

TOOLS = ("bash", "basename", "cat", "dirname", "id", "sha256sum")


@pytest.fixture
def clone(tmp_path):
    """A fresh clone: the script and empty locks, and no .venv."""
    (tmp_path / "clone" / "script").mkdir(parents=True)
    shutil.copy(ROOT / "script" / "setup", tmp_path / "clone" / "script")
    (tmp_path / "clone" / "requirements.txt").touch()
    return tmp_path / "clone"


@pytest.fixture
def machine(tmp_path):
    """A machine with hardly anything on it; `machine(python3=...)` puts a script in its PATH."""
    path = tmp_path / "bin"
    path.mkdir()
    for tool in TOOLS:
        (path / tool).symlink_to(shutil.which(tool))

    def with_programs(**programs):
        for name, text in programs.items():
            (path / name).write_text(f"#!/bin/sh\n{text}\n")
            (path / name).chmod(0o755)
        return path

    return with_programs


def set_up(clone, path, *options):
    return subprocess.run(
        [clone / "script" / "setup", *options],
        env={"PATH": str(path)},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_machine_without_a_fitting_python_is_told_so_in_one_line(clone, machine):
    done = set_up(clone, machine(python3="exit 1"))

    assert done.returncode == 1
    assert done.stderr.startswith("script/setup: Python 3.11 or newer is needed")
    assert done.stderr.count("\n") == 1


def test_a_machine_without_python3_venv_is_told_which_package_to_install(clone, machine):
    lacking = f'case "$*" in *ensurepip*) exit 1 ;; esac\nexec {sys.executable} "$@"'

    done = set_up(clone, machine(python3=lacking))

    assert done.returncode == 1
    assert "sudo apt install python3-venv" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (clone / ".venv").exists()


def test_where_nothing_changed_nothing_is_installed(clone):
    made = set_up(clone, os.environ["PATH"])
    again = set_up(clone, os.environ["PATH"])

    assert "Installing requirements.txt" in made.stdout
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")


def test_a_changed_lock_is_installed(clone):
    set_up(clone, os.environ["PATH"])
    (clone / "requirements.txt").write_text("# nothing, but differently\n")

    assert "Installing requirements.txt" in set_up(clone, os.environ["PATH"]).stdout


def test_what_the_lock_does_not_vouch_for_is_not_installed(clone):
    (clone / "requirements.txt").write_text("flask==3.1.3\n")

    done = set_up(clone, os.environ["PATH"])

    assert done.returncode != 0
    assert "--require-hashes" in done.stderr
    assert not list((clone / ".venv").glob("*.installed"))


def test_system_packages_need_root(clone, machine):
    path = machine()
    (path / "id").unlink()

    done = set_up(clone, machine(id="echo 1000"), "--system")

    assert done.returncode == 1
    assert "sudo script/setup --system" in done.stderr
