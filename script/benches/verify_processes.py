"""Processes as the kernel tells of them: which belong to a server, what they used, what they hold (Linux)."""

import os
import re
import time
from collections.abc import Iterable
from pathlib import Path

from portal.usage.spool import Spool

_TICK = os.sysconf("SC_CLK_TCK")
IDLE_SHARE = 0.03  # of one core
IDLE_WINDOW_SECONDS = 1.2  # longer than the portal's second between two flushes
IDLE_PATIENCE_SECONDS = 60.0


def tree(*pids: int) -> list[int]:
    """Return these processes and all that descend from them."""
    children: dict[int, list[int]] = {}
    for process in map(int, filter(str.isdigit, os.listdir("/proc"))):
        children.setdefault(_parent(process), []).append(process)
    found = list(pids)
    for process in found:
        found += children.get(process, [])  # grows while it is walked
    return found


def cpu_seconds(*pids: int) -> float:
    """Return the processor time that these processes and their descendants have used."""
    return sum(_ticks(process) for process in tree(*pids)) / _TICK


def busy_seconds() -> float:
    """Return how long the machine's cores have worked since it started, all together."""
    user, nice, system, _idle, _waiting, *rest = map(int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9])
    return (user + nice + system + sum(rest)) / _TICK


def resident_mb(pid: int) -> tuple[float, float]:
    """Return what one process has in memory, in MiB: all of it (RSS), and with what it shares divided (PSS)."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    rss, pss = (int(re.search(rf"^{name}:\s+(\d+) kB", text, re.MULTILINE)[1]) / 1024 for name in ("Rss", "Pss"))
    return rss, pss


def command(pid: int) -> str:
    """Return the command line of a process; nothing when it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


def wait_until_idle(*pids: int, spools: Iterable[Path] = ()) -> None:
    """Wait until a server has done all that it still had to do, so that it takes no time of whoever comes next.

    `spools` are the folders where what it recorded waits to be stored.

    Raises:
        TimeoutError: it did not come to rest.

    """
    deadline = time.monotonic() + IDLE_PATIENCE_SECONDS
    while True:
        before = cpu_seconds(*pids)
        time.sleep(IDLE_WINDOW_SECONDS)
        is_idle = cpu_seconds(*pids) - before <= IDLE_SHARE * IDLE_WINDOW_SECONDS
        if is_idle and not any(Spool(folder).waiting() for folder in spools):
            return
        if time.monotonic() > deadline:
            raise TimeoutError(f"Processes {pids} do not come to rest.")


def _stat(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except OSError:
        return []


def _parent(pid: int) -> int:
    fields = _stat(pid)
    return int(fields[1]) if fields else 0


def _ticks(pid: int) -> int:
    fields = _stat(pid)
    return int(fields[11]) + int(fields[12]) if fields else 0
