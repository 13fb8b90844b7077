"""Servers that are measured, each a process of its own on a free port until it is closed."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

from portal.config import ROOT
from portal.data_folder import DataFolder
from script.benches.verify_processes import command, tree
from tests.server.house import House, free_port

PATIENCE_SECONDS = 60.0


class Granian:
    """An application on granian with one worker of one thread, which is the quickest it can be."""

    def __init__(self, application: str, logs: Path, *, is_factory: bool = False, **settings: str) -> None:
        options = ["--interface", "wsgi", "--http", "1", "--no-ws", "--workers", "1", "--blocking-threads", "1"]
        options += ["--log-level", "error", *(["--factory"] if is_factory else [])]
        port = free_port()
        start = [sys.executable, "-P", "-m", "granian", "--host", "127.0.0.1", "--port", str(port), *options]
        self._run = Running([*start, application], port, logs, {"PYTHONPATH": str(ROOT), **settings})
        self.url, self.pids, self.close = self._run.url, self._run.pids, self._run.close
        self.spools = self._run.spools


class Running:
    """Any server that is started by a command and listens on a port."""

    def __init__(self, start: list[str], port: int, logs: Path, settings: dict[str, str]) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._log = logs / f"{port}.log"
        with self._log.open("w") as log:
            self._process = subprocess.Popen(start, env=clean() | settings, cwd="/", stdout=log, stderr=log)  # noqa: S603
        self.pids: tuple[int, ...] = (self._process.pid,)
        self.spools: tuple[Path, ...] = ()
        self._wait_until_it_listens(port)

    def close(self) -> None:
        """Stop it."""
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _wait_until_it_listens(self, port: int) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        self.close()
        raise RuntimeError(f"A server did not start: {self._log.read_text()[-2000:]}")


class Portal:
    """The whole portal, as `script/server` starts it; measured is the lane's own port."""

    def __init__(self, folder: Path, logs: Path, settings: dict[str, str], *beside: int) -> None:
        self._house = House(folder, logs, **settings)
        try:
            self._house.wait_until_ready()
        except AssertionError as error:
            self._house.close()
            raise RuntimeError(f"The portal did not start: {str(error)[-500:]}") from error
        self.url, self.pages_url = self._house.lane_url, self._house.url
        self.pids = (self._house.process.pid, *beside)
        self.spools: tuple[Path, ...] = (DataFolder(folder).usage,)

    @property
    def lane_pid(self) -> int:
        """The process that answers for the lane: the last of those that granian made for it."""
        return self.lane_pids[-1]

    @property
    def lane_pids(self) -> list[int]:
        """The processes of the lane: that which watches and those that answer."""
        return self.pids_of("portal.gateway")

    def pids_of(self, what: str) -> list[int]:
        """Return the processes in whose command line this stands."""
        return sorted(pid for pid in tree(self._house.process.pid) if what in command(pid))

    def close(self) -> None:
        """Stop it."""
        self._house.close()


def clean() -> dict[str, str]:
    """Return the environment without what it says about a portal."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_") and name != "PORT"}
