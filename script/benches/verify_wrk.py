"""One stretch of load by wrk: what was answered, how quickly, and what it cost the server."""

import json
import os
import resource
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple, Protocol

from script.benches.verify_processes import busy_seconds, cpu_seconds, wait_until_idle

CONNECTIONS = 16
SCRIPT = Path(__file__).with_name("verify_wrk.lua")


class Failed(Exception):
    """Something went wrong with one thing that is measured; the others are measured all the same."""


class Served(Protocol):
    """A server that answers."""

    url: str
    pids: tuple[int, ...]  # with all that descends from them, what it takes to answer
    spools: tuple[Path, ...]  # where what it records waits to be stored


class Sample(NamedTuple):
    """What one stretch of load showed. `others` is how many cores other programs had meanwhile."""

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    longest_ms: float
    cpu_seconds: float
    others: float

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.requests / self.seconds

    @property
    def cpu_us(self) -> float:
        """What one answer cost the processes of the server, what they did afterwards for it included."""
        return self.cpu_seconds / self.requests * 1e6


def require() -> None:
    """End the program with a sentence where there is no wrk."""
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is missing. On Debian or Ubuntu: sudo script/setup --system, or sudo apt install wrk")


def load(server: Served, path: str, requests: Path, seconds: float, order: str = "random") -> Sample:
    """Send these requests to the server for so long.

    Raises:
        Failed: an answer was no 2xx, or a connection broke.

    """
    wait_until_idle(*server.pids, spools=server.spools)
    servers, machine, ours = cpu_seconds(*server.pids), busy_seconds(), _own_seconds()
    told = _run(f"{server.url}{path}", requests, seconds, order)
    of_machine, of_wrk, of_servers = (
        busy_seconds() - machine,
        _own_seconds() - ours,
        cpu_seconds(*server.pids) - servers,
    )
    wait_until_idle(*server.pids, spools=server.spools)
    refused, broken = told.pop("refused"), told.pop("broken")
    if refused or broken or not told["requests"]:
        raise Failed(f"{refused} answers were no 2xx, {broken} broke, of {told['requests']}")
    others = max(0.0, of_machine - of_wrk - of_servers) / told["seconds"]
    return Sample(**told, cpu_seconds=cpu_seconds(*server.pids) - servers, others=others)


def _own_seconds() -> float:
    """Return the processor time of this program and of the wrks that it ran."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def _run(url: str, requests: Path, seconds: float, order: str) -> dict[str, float]:
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s", "--timeout", "10s", "-s", str(SCRIPT)]
    environment = os.environ | {"BENCH_REQUESTS": str(requests), "BENCH_ORDER": order}
    done = subprocess.run(  # noqa: S603
        [*command, url], env=environment, capture_output=True, text=True, check=False, timeout=seconds + 60
    )
    last = done.stdout.strip().rpartition("\n")[2]
    if done.returncode or not last.startswith("{"):
        raise Failed(f"wrk ended with {done.returncode}: {done.stderr or done.stdout}")
    told: dict[str, float] = json.loads(last)
    return told
