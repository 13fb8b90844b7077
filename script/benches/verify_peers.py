"""What others have made, installed from the package registry into an environment of its own, by its lock."""

import hashlib
import subprocess
import sys
from pathlib import Path

PEERS = Path(__file__).with_name("peers")
LOCK = PEERS / "requirements.txt"


def program(kept: Path, name: str) -> Path:
    """Return the path of a program of the peers' environment, which is made where it is not there or is another's."""
    venv = kept / "peers-venv"
    stamp, wanted = venv / "lock.sha256", hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        print("… installing the peers", file=sys.stderr, flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(venv)], check=True)  # noqa: S603
        pip = [str(venv / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--require-hashes", "-r", str(LOCK)], check=True)  # noqa: S603
        stamp.write_text(wanted)
    return venv / "bin" / name
