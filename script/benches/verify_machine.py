"""What was measured on: figures mean nothing without it."""

import importlib.metadata
import os
import platform
import re
import sqlite3
import subprocess
import sysconfig
import time
from pathlib import Path

from tests.support import postgres

QUIET_LOAD = 0.5


def about() -> list[str]:
    """Return lines that name the machine and the versions."""
    arguments = sysconfig.get_config_var("CONFIG_ARGS") or ""
    build = "PGO" if "--enable-optimizations" in arguments else "no PGO"
    versions = {
        f"Python {platform.python_version()} ({build})": "",
        "SQLite": sqlite3.sqlite_version,
        "PostgreSQL": _postgres(),
        "granian": importlib.metadata.version("granian"),
        "Flask": importlib.metadata.version("flask"),
        "wrk": _wrk(),
    }
    memory = re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())
    size, system = f"{int(memory[1]) / 1048576:.0f} GiB", f"{platform.system()} {platform.release()}"
    now = time.strftime("%Y-%m-%d %H:%M", time.gmtime())
    return [
        f"{os.cpu_count()} cores, {_processor()}, {size}, {system}; {now} UTC",
        ", ".join(f"{name} {version}".strip() for name, version in versions.items()),
        f"Load of the machine at the beginning: {os.getloadavg()[0]:.2f}",
    ]


def _processor() -> str:
    found = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    return found[1].strip() if found else platform.machine()


def _wrk() -> str:
    done = subprocess.run(["wrk", "-v"], capture_output=True, text=True, check=False)  # noqa: S607
    return (re.search(r"wrk \S*?([\d.]+)", done.stdout) or ["", "?"])[1]


def _postgres() -> str:
    program = postgres.program("postgres")
    if program is None:
        return "none"
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    return done.stdout.split()[2]


def warn_of_load() -> None:
    """Say so where the machine is busy with something else."""
    if os.getloadavg()[0] > QUIET_LOAD:
        print(f"WARNING: the load is over {QUIET_LOAD}. The table's column \"others' cores\" tells who disturbed whom.")
