"""A portal started as a person starts it: `script/server`, with settings from the environment."""

import json
import os
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import suppress
from itertools import cycle
from pathlib import Path

from portal.config import ROOT

PATIENCE_SECONDS = 90


# Below those that Linux gives to connections, and for each worker of pytest its own: none takes another's in between.
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 4
_PORTS = cycle(range(12_000 + 5_000 * _WORKER, 17_000 + 5_000 * _WORKER, 2))
for _ in range(os.getpid() % 2_500):  # a run after the other one begins elsewhere
    next(_PORTS)


def free_port() -> int:
    """Return a port that nobody uses, with a free one after it."""
    while True:
        port = next(_PORTS)
        with socket.socket() as first, socket.socket() as second, suppress(OSError):
            first.bind(("127.0.0.1", port))
            second.bind(("127.0.0.1", port + 1))
            return port


class House:
    """One run of `script/server` on the data folder `folder`."""

    command: tuple[str, ...] = (str(ROOT / "script" / "server"),)

    def __init__(self, folder: Path, logs: Path, port: int | None = None, **settings: str) -> None:
        self.folder = folder
        self.port = port or free_port()
        self.environment = os.environ | {"PORT": str(self.port), "PORTAL_DATA_DIR": str(folder)} | settings
        self.log = logs / f"{self.port}-{time.monotonic_ns()}.log"
        with self.log.open("w") as output:
            self.process = subprocess.Popen(self.command, env=self.environment, cwd="/", stdout=output, stderr=output)

    @property
    def output(self) -> str:
        return self.log.read_text()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def lane_url(self) -> str:
        return f"http://127.0.0.1:{self.port + 1}"

    def wait_until_ready(self) -> "House":
        """Wait for the banner; fail with everything that was printed."""
        self.wait_for(lambda: "Ctrl-C stops it." in self.output or self.process.poll() is not None)
        assert self.process.poll() is None, self.output
        return self

    def wait_for(self, condition) -> None:
        """Wait until `condition()` holds; fail with everything that was printed."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            assert time.monotonic() < deadline, f"waited in vain; the server printed:\n{self.output}"
            time.sleep(0.02)

    def wait_until_ended(self) -> int:
        """Wait for the end and return the exit status."""
        return self.process.wait(PATIENCE_SECONDS)

    def stop(self) -> int:
        """Ask for a clean stop and return the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.wait_until_ended()

    def close(self) -> None:
        """Stop it however it stands."""
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(PATIENCE_SECONDS)

    def processes(self) -> list[int]:
        """Return every process of this house: the ones that were given its data folder."""
        return [pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if self._owns(pid)]

    def _owns(self, pid: int) -> bool:
        try:
            environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]
        except OSError:
            return False
        mine = {f"PORTAL_DATA_DIR={self.folder}".encode(), f"PORT={self.port}".encode()}
        return mine <= set(environment) and state != "Z"

    def children(self, application: str) -> list[int]:
        """Return the granian processes of `application`, the parent first and its workers after it."""
        return sorted(pid for pid in self.processes() if application in _command(pid))

    def flask(self, *arguments: str, stdin: str = "") -> str:
        """Run a shell command of the portal on the same folder and return its output."""
        done = subprocess.run(
            [ROOT / ".venv" / "bin" / "flask", *arguments], env=self.environment, cwd=ROOT,
            input=stdin, capture_output=True, check=False, text=True, timeout=PATIENCE_SECONDS,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def generated_password(self) -> str:
        found = re.search(r"with the password (\S+) \(shown only now\)", self.output)
        assert found, self.output
        return found.group(1)

    def service_token(self) -> str:
        return (self.folder / "secrets" / "service_token").read_text().strip()


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


def fetch(url: str, token: str | None = None, body: object = None) -> tuple[int, bytes]:
    """Return status and body of a request, with `token` as its Bearer and `body` as its JSON."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    data = None
    if body is not None:
        headers["Content-Type"] = "application/json"
        data = json.dumps(body).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=20) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()
