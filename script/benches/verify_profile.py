"""Where the time of a verification goes: samples of the lane under load, and the lane without a server."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

from portal.config import ROOT
from script.benches.verify_entries import ENTRIES, TRUSTS, Scene
from script.benches.verify_peers import program
from script.benches.verify_processes import command, tree
from script.benches.verify_requests import headers
from script.benches.verify_servers import clean

SECONDS, RATE, ROWS = 10, 1000, 30


def run(scene: Scene, name: str) -> None:
    """Print in which functions the Python of an entry is found under load, and what a call costs in process."""
    print(f"\n## {name}\n", flush=True)
    _watch(scene, name)
    if name in {"lane", "full"}:
        _inside(scene, {"lane": "default"}.get(name, name))


def _watch(scene: Scene, name: str) -> None:
    turn = ENTRIES[name](scene)
    opened = scene.opened[name]
    turn()
    stacks = scene.run / "stacks.txt"
    start = [
        str(program(scene.kept, "py-spy")),
        "record",
        "--pid",
        str(_worker(*opened.server.pids)),
        "--output",
        str(stacks),
    ]
    # Only who holds the interpreter is counted: threads that wait would look busy on some machines.
    start += ["--gil", "--format", "raw", "--rate", str(RATE), "--duration", str(SECONDS), "--nonblocking"]
    with subprocess.Popen(start, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as spy:  # noqa: S603
        sample = opened.load(SECONDS + 2)
        said = spy.communicate()[1]
    if not stacks.exists():
        print(f"py-spy saw nothing: {said}")
        return
    print(f"{sample.rate:,.0f} req/s, {sample.cpu_us:.1f} µs of processor each, while it was watched.")
    for title, counted in tallies(stacks.read_text()).items():
        print(f"\n| {title} | share |\n|---|---|")
        total = counted.pop("")
        for frame, count in counted.most_common(ROWS):
            print(f"| `{frame}` | {count / total:.1%} |")


def tallies(stacks: str) -> dict[str, Counter[str]]:
    """Return how often each function and each line was seen; under the empty name, how often anything was."""
    own, whole, lines = Counter[str](), Counter[str](), Counter[str]()
    for line in stacks.splitlines():
        stack, _, count = line.rpartition(" ")
        frames = [frame for frame in stack.split(";") if not frame.startswith("thread (")]
        if not frames:
            continue
        own[function(frames[-1])] += int(count)
        lines[frames[-1]] += int(count)
        whole.update({frame: int(count) for frame in {function(frame) for frame in frames}})
    own[""] = whole[""] = lines[""] = own.total()
    return {"function, its own time": own, "function, with what it calls": whole, "line, its own time": lines}


def function(frame: str) -> str:
    """Return a frame without its line: `judge (portal/policy/policy.py:12)` is the same function on any."""
    name, mark, _line = frame.rpartition(":")
    return f"{name})" if mark else frame


def _worker(*pids: int) -> int:
    """Return the process that answers: the last that granian made for the lane, or for the app."""
    found = [each for each in tree(*pids) if "portal.gateway" in command(each) or " granian " in command(each)]
    return max(found)


def _inside(scene: Scene, kind: str) -> None:
    store = scene.store(kind)
    told = [
        {name: value for name, value in headers("", rule).items() if name != "Authorization"} for rule in store.rules
    ]
    tokens = scene.kept / f"{store.folder.name}.tokens"
    inside = [sys.executable, "-P", str(Path(__file__).with_name("verify_inside.py")), str(tokens), json.dumps(told)]
    environment = (
        clean() | (TRUSTS if kind == "full" else {}) | {"PORTAL_DATA_DIR": str(store.folder), "PYTHONPATH": str(ROOT)}
    )
    print(flush=True)
    subprocess.run(inside, env=environment, check=False)  # noqa: S603
