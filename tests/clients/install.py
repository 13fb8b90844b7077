"""Makes `.venv-clients` with exactly what the lock names; does nothing where nothing changed."""

import fcntl
import hashlib
import subprocess
import sys
from pathlib import Path

from portal.config import ROOT

VENV = ROOT / ".venv-clients"
LOCK = Path(__file__).with_name("requirements-clients.txt")
PYTHON = VENV / "bin" / "python"
QUIETLY = ("--quiet", "--disable-pip-version-check")
PATIENCE_SECONDS = 300


class CannotInstall(Exception):
    """The clients cannot be had here; the message says why."""


def install() -> Path:
    """Return the Python that has the clients. Two at once take turns."""
    with LOCK.open() as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        stamp = VENV / "installed"
        wanted = f"{hashlib.sha256(LOCK.read_bytes()).hexdigest()} {sys.version}"
        if not stamp.exists() or stamp.read_text() != wanted:
            _run(sys.executable, "-m", "venv", "--clear", str(VENV))
            _run(
                str(PYTHON),
                "-m",
                "pip",
                "install",
                "-q",
                "--disable-pip-version-check",
                "--require-hashes",
                "-r",
                str(LOCK),
            )
            stamp.write_text(wanted)
    return PYTHON


def _run(*command: str) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    except subprocess.CalledProcessError as error:
        said = (error.stderr + error.stdout).strip() or f"{command[2]} failed"
        raise CannotInstall(said.splitlines()[-1]) from error
    except subprocess.TimeoutExpired as error:
        raise CannotInstall(f"{command[2]} took more than {PATIENCE_SECONDS} s") from error
