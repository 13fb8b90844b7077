"""A PostgreSQL of the tests' own: on a socket in a folder of its own, gone with the tests that asked for it."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

_DEBIANS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))  # where Debian keeps what is not on the PATH


def program(name: str) -> str | None:
    """Return the path of one of PostgreSQL's programs."""
    return shutil.which(name) or next((str(folder / name) for folder in reversed(_DEBIANS)), None)


IS_MISSING = program("initdb") is None


def _run(*command: str, **options: Any) -> None:
    """Run a command as somebody other than root, whom PostgreSQL does not serve."""
    prefix = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
    first, *rest = command
    subprocess.run([*prefix, str(program(first)), *rest], check=True, stdout=subprocess.DEVNULL, cwd="/", **options)


@contextmanager
def server() -> Iterator[Path]:
    """Run a server, and give the folder of its socket; its user is `portal`, its first database `postgres`."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # nobody but root may enter pytest's own folders
    try:
        with kept(folder, stop="immediate"):
            yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def kept(folder: Path, *, stop: str = "fast", is_durable: bool = False) -> Iterator[Path]:
    """Run a server on what is in `folder` since the last time, or on nothing; it stays there."""
    data = str(folder / "data")
    quick = "" if is_durable else "-c fsync=off -c full_page_writes=off"
    options = f"-c listen_addresses='' {quick} -k {folder}"
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    if not (folder / "data").exists():
        _run("initdb", "-D", data, "-U", "portal", "-A", "trust", "--no-sync")
    _run("pg_ctl", "-D", data, "-w", "-o", options, "-l", f"{data}/log", "start")
    try:
        yield folder
    finally:
        _run("pg_ctl", "-D", data, "-w", "-m", stop, "stop")


def restart(folder: Path) -> None:
    """End every connection to the server in `folder`, and start it again."""
    _run("pg_ctl", "-D", str(folder / "data"), "-w", "-m", "fast", "-l", str(folder / "data" / "log"), "restart")


@contextmanager
def frozen(folder: Path) -> Iterator[None]:
    """Stop every process of the server in `folder` for a while; it keeps its connections and answers nothing."""
    first = int((folder / "data" / "postmaster.pid").read_text().split()[0])
    os.kill(first, signal.SIGSTOP)  # so that it starts no other
    stopped = [first]
    try:
        for child in Path(f"/proc/{first}/task/{first}/children").read_text().split():
            with suppress(ProcessLookupError):  # it had ended, and is mourned only now
                os.kill(int(child), signal.SIGSTOP)
                stopped.append(int(child))
        yield
    finally:
        for process in stopped:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGCONT)


@contextmanager
def stopped(folder: Path) -> Iterator[None]:
    """Stop the server in `folder` for a while, and with it every connection."""
    _run("pg_ctl", "-D", str(folder / "data"), "-w", "-m", "fast", "stop")
    try:
        yield
    finally:
        restart(folder)
