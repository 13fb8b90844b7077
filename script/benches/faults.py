"""Faults, injected one after the other: script/bench faults [--only NAME …] [--rounds 200] [--kills 50]."""

import argparse
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from script.benches import (
    faults_disk,
    faults_kill,
    faults_postgres,
    faults_postgres_server,
    faults_redis,
    faults_starts,
    faults_table,
    faults_usage,
    verify_machine,
)
from script.benches.faults_table import Row


def kill_sqlite(place: Path, wish: argparse.Namespace) -> list[Row]:
    return faults_kill.measure(place, "SQLite", {}, wish.rounds)


def kill_postgres(place: Path, wish: argparse.Namespace) -> list[Row]:
    with faults_postgres_server.server() as socket:
        return faults_kill.measure(place, "PostgreSQL", faults_postgres_server.settings(socket), wish.rounds)


def of_postgres(place: Path, wish: argparse.Namespace) -> list[Row]:
    with faults_postgres_server.server() as socket:
        return faults_postgres.measure(place, socket, wish.times)


def of_redis(place: Path, wish: argparse.Namespace) -> list[Row]:
    return faults_redis.measure(place, wish.times)


def disk(place: Path, _wish: argparse.Namespace) -> list[Row]:
    return faults_disk.measure(place)


def starts(place: Path, _wish: argparse.Namespace) -> list[Row]:
    rows = faults_starts.measure(place / "sqlite", "SQLite", {})
    with faults_postgres_server.server() as socket:
        settings = faults_postgres_server.settings(socket)
        return rows + faults_starts.measure(place / "postgres", "PostgreSQL", settings)


def usage(place: Path, wish: argparse.Namespace) -> list[Row]:
    rows = faults_usage.storer(place / "1", "SQLite", {}, wish.kills)
    rows += faults_usage.lane(place / "2", "SQLite", {}, wish.times)
    with faults_postgres_server.server() as socket:
        settings = [faults_postgres_server.settings(socket) for _ in range(2)]
        rows += faults_usage.storer(place / "3", "PostgreSQL", settings[0], wish.kills)
        rows += faults_usage.lane(place / "4", "PostgreSQL", settings[1], wish.times)
    return rows


FAULTS: dict[str, Callable[[Path, argparse.Namespace], list[Row]]] = {
    "kill-sqlite": kill_sqlite,
    "kill-postgres": kill_postgres,
    "postgres": of_postgres,
    "redis": of_redis,
    "disk": disk,
    "starts": starts,
    "usage": usage,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="script/bench faults", description=__doc__)
    parser.add_argument(
        "--only", nargs="+", choices=FAULTS, default=list(FAULTS), metavar="NAME", help=", ".join(FAULTS)
    )
    parser.add_argument("--rounds", type=int, default=200, help="How often the portal is killed, on each database.")
    parser.add_argument("--kills", type=int, default=50, help="How often the storer of usage is killed.")
    parser.add_argument("--times", type=int, default=5, help="How often everything else is done.")
    wish = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)  # what was measured until then is told, and all is stopped
    print("\n".join(verify_machine.about()), flush=True)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="portal-faults-", ignore_cleanup_errors=True) as place:
        for name in wish.only:
            print(f"… {name}", file=sys.stderr, flush=True)
            rows += FAULTS[name](Path(place) / name, wish)
    print("\n" + "\n".join(faults_table.lines(rows)))
    sys.exit(1 if faults_table.broken(rows) else 0)


if __name__ == "__main__":
    main()
