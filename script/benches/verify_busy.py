"""How long a verification takes at a steady pace, while the pages rest and while they work hard."""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from portal.config import ROOT
from script.benches import verify_requests
from script.benches.verify_entries import Scene
from script.benches.verify_figures import FIGURES, Measured
from script.benches.verify_processes import wait_until_idle
from script.benches.verify_proof import expect, prove
from script.benches.verify_rounds import spread
from script.benches.verify_servers import Granian, Portal, clean
from script.benches.verify_wrk import Failed, Served, load

RATE, PEOPLE, FEWEST_SECONDS, KEYS = 1_000, 20, 5.0, 100_000
SETTLING_SECONDS = 2.0
HERE = Path(__file__).parent


def measure(scene: Scene, rounds: int) -> Measured:
    """Return how the p99 of the lane grows; beside it, how that of a server grows that does nothing at all."""
    store = scene.store("default", scene.many)
    portal = Portal(store.folder, scene.run, store.settings)
    scene.closing(portal)
    prove(f"{portal.url}/auth", store)
    floor = Granian("script.benches.verify_apps:raw", scene.run)
    scene.closing(floor)
    expect(f"{floor.url}/auth", {}, {200}, "anything")
    requests = verify_requests.write(scene.run / "busy.requests", store.tokens[:KEYS], store.rules)
    load(portal, "/auth", requests, scene.seconds)
    seconds = max(scene.seconds, FEWEST_SECONDS)
    seen: dict[str, list[dict[str, float]]] = {}
    work: list[dict[str, int]] = []
    servers: dict[str, Served] = {"lane": portal, "floor": floor}
    for _ in range(rounds):
        wait_until_idle(*portal.pids, spools=portal.spools)
        _both(seen, "idle", servers, requests, seconds)
        with _working(portal, work):
            _both(seen, "busy", servers, requests, seconds)
    return _measured(seen, work, seconds)


def _both(
    seen: dict[str, list[dict[str, float]]], when: str, servers: dict[str, Served], requests: Path, seconds: float
) -> None:
    for name, server in servers.items():
        seen.setdefault(f"{name} {when}", []).append(_paced(server, requests, seconds))


def _paced(server: Served, requests: Path, seconds: float) -> dict[str, float]:
    start = [sys.executable, "-P", str(HERE / "verify_pacer.py"), f"{server.url}/auth", str(requests)]
    start += [str(RATE), str(seconds)]
    done = subprocess.run(start, capture_output=True, text=True, check=False, timeout=seconds + 120)  # noqa: S603
    if done.returncode:
        raise Failed(done.stderr[-500:])
    told: dict[str, float] = json.loads(done.stdout)
    if told["refused"] or told["answered"] < told["wanted"]:
        raise Failed(f"{told['refused']:.0f} refused, {told['wanted'] - told['answered']:.0f} without an answer")
    return told


@contextmanager
def _working(portal: Portal, work: list[dict[str, int]]) -> Iterator[None]:
    """Let people sign in and an admin export for as long as this is entered."""
    start = [sys.executable, "-P", str(HERE / "verify_pages.py"), portal.pages_url, str(PEOPLE)]
    process = subprocess.Popen(  # noqa: S603
        start, env=clean() | {"PYTHONPATH": str(ROOT)}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        if process.stdout.readline() != "working\n":
            raise Failed("nobody could sign in")
        time.sleep(SETTLING_SECONDS)
        yield
    finally:
        told = process.communicate()[0]
    work.append(json.loads(told))
    if not work[-1]["signed_in"] or not work[-1]["rows"] or work[-1]["broken"] or work[-1]["refused"]:
        raise Failed(f"the pages did not do their work: {work[-1]}")


def _measured(seen: dict[str, list[dict[str, float]]], work: list[dict[str, int]], seconds: float) -> Measured:
    def grown(name: str) -> list[float]:
        pairs = zip(seen[f"{name} busy"], seen[f"{name} idle"], strict=True)
        return [busy["p99_ms"] / idle["p99_ms"] for busy, idle in pairs]

    def median(name: str, what: str = "p99_ms") -> float:
        return statistics.median(each[what] for each in seen[name])

    did = {what: sum(each[what] for each in work) for what in work[0]}
    note = (
        f"{median('lane idle'):.2f} → {median('lane busy'):.2f} ms "
        f"(p50 {median('lane idle', 'p50_ms'):.2f} → {median('lane busy', 'p50_ms'):.2f}); a server that does nothing: "
        f"{median('floor idle'):.2f} → {median('floor busy'):.2f} ms, {statistics.median(grown('floor')):.1f}-fold; "
        f"the asking program itself sent late by {median('lane idle', 'sent_late_p99_ms'):.2f} → "
        f"{median('lane busy', 'sent_late_p99_ms'):.2f} ms; rounds of {seconds:g} s "
        f"with {did['signed_in']:,} sign-ins, {did['told_to_wait']:,} told to come again, {did['rows']:,} rows"
    )
    return Measured(FIGURES["busy"], spread(grown("lane")), note)
