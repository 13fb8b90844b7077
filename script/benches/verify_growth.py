"""What `verify()` costs in process, with few keys and with many: two processes, asked by turns."""

import json
import random
import statistics
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from portal.config import ROOT, load_settings
from portal.gateway.opening import open_verifier
from portal.policy.facts import Facts
from portal.verification.verdict import Allowed
from script.benches.verify_entries import Scene
from script.benches.verify_figures import FIGURES, Measured
from script.benches.verify_rounds import spread
from script.benches.verify_servers import Portal, clean

FEW, MANY = 1_000, 1_000_000
WARMING, CALLS = 10_000, 20_000


def measure(scene: Scene, rounds: int) -> Measured:
    """Return how the median call at many keys compares with that at few."""
    with ExitStack() as stack:
        few, many = (stack.enter_context(_process(scene, keys)) for keys in (FEW, scene.many))
        rounds_of = [(_ask(few), _ask(many)) for _ in range(rounds)]
    ratios = spread([theirs["median"] / mine["median"] for mine, theirs in rounds_of])
    few_us, many_us = (statistics.median(told[which]["median"] for told in rounds_of) for which in (0, 1))
    few_mean, many_mean = (statistics.median(told[which]["mean"] for told in rounds_of) for which in (0, 1))
    note = f"{many_us:.1f} µs at {scene.many:,} keys, {few_us:.1f} at {FEW:,}; means {many_mean:.1f} and {few_mean:.1f}"
    return Measured(FIGURES["growth"], ratios, note)


def _process(scene: Scene, keys: int) -> "subprocess.Popen[str]":
    store = scene.store("default", keys)
    portal = Portal(store.folder, scene.run, store.settings)  # it stores what the process records
    scene.closing(portal)
    tokens = scene.run / f"{keys}.tokens"
    tokens.write_text("\n".join(store.tokens))
    environment = clean() | {"PORTAL_DATA_DIR": str(store.folder), "PYTHONPATH": str(ROOT)}
    start = [sys.executable, "-P", __file__, str(tokens)]
    process = subprocess.Popen(start, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603
    assert process.stdout.readline() == "ready\n"
    return process


def _ask(process: "subprocess.Popen[str]") -> dict[str, float]:
    process.stdin.write("go\n")
    process.stdin.flush()
    told: dict[str, float] = json.loads(process.stdout.readline())
    return told


def main() -> None:
    """Verify random keys whenever a line comes in, and say what a call took; the median does not see a flush."""
    tokens = Path(sys.argv[1]).read_text().split()
    verifier, facts = open_verifier(load_settings()), Facts(address="192.0.2.7", method="GET", path="/")
    for token in [*tokens, *random.choices(tokens, k=WARMING)]:  # noqa: S311
        assert isinstance(verifier.verify(token, facts), Allowed)
    print("ready", flush=True)
    for _ in sys.stdin:
        took = []
        for token in random.choices(tokens, k=CALLS):  # noqa: S311
            begun = time.perf_counter_ns()
            verifier.verify(token, facts)
            took.append((time.perf_counter_ns() - begun) / 1000)
        print(json.dumps({"median": statistics.median(took), "mean": statistics.fmean(took)}), flush=True)


if __name__ == "__main__":
    main()
