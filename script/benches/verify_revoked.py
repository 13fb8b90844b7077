"""Is anybody let in by a request that was begun after *Revoke* was answered? Two servers on one database say."""

import json
import subprocess
import sys
from pathlib import Path

from portal.config import ROOT
from script.benches.verify_entries import Scene
from script.benches.verify_figures import FIGURES, Measured
from script.benches.verify_rounds import spread
from script.benches.verify_servers import Portal, clean
from script.benches.verify_stores import Store
from script.benches.verify_wrk import Failed

KEYS, THREADS = 10_000, 2


def measure(scene: Scene, name: str, trials: int) -> Measured:
    """Revoke so many keys one after the other, each while four processes of two threads ask with it at every door."""
    is_sqlite = name == "revoked"
    store = scene.store("default", KEYS) if is_sqlite else scene.cluster.store(scene.kept, scene.run, "default", KEYS)
    servers = [Portal(store.folder, scene.run, store.settings, *store.beside) for _ in range(2)]
    for server in servers:
        scene.closing(server)
    doors = [url for server in servers for url in (server.url, server.pages_url)]
    askers = [_start("verify_asker.py", store, f"{door}/auth", str(THREADS)) for door in doors]
    revoker = _start("verify_revoker.py", store)
    told = [_trial(askers, revoker, token) for token in store.tokens[:trials]]
    for process in (*askers, revoker):
        process.stdin.close()
        process.wait(20)
    return _measured(name, told)


def _start(script: str, store: Store, *arguments: str) -> "subprocess.Popen[str]":
    environment = clean() | {"PORTAL_DATA_DIR": str(store.folder), "PYTHONPATH": str(ROOT)} | store.settings
    command = [sys.executable, "-P", str(Path(__file__).with_name(script)), *arguments]
    process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603
    assert process.stdout.readline() == "ready\n", script
    return process


def _say(process: "subprocess.Popen[str]", line: str) -> None:
    process.stdin.write(f"{line}\n")
    process.stdin.flush()


def _trial(askers: list["subprocess.Popen[str]"], revoker: "subprocess.Popen[str]", token: str) -> dict[str, float]:
    """Let all ask until each thread was let in, revoke, let each thread ask on, and add up what they saw."""
    for asker in askers:
        _say(asker, token)
    for asker in askers:
        if asker.stdout.readline() != "let in\n":
            raise Failed("a living key was not let in")
    _say(revoker, token)
    answered = float(revoker.stdout.readline())  # the clock of all processes of the machine
    for asker in askers:
        _say(asker, repr(answered))
    seen = [json.loads(asker.stdout.readline()) for asker in askers]
    return {name: sum(each[name] for each in seen) for name in seen[0]}


def _measured(name: str, told: list[dict[str, float]]) -> Measured:
    whole = {what: sum(trial[what] for trial in told) for what in told[0]}
    if whole["faults"]:
        raise Failed(f"{whole['faults']:.0f} answers were neither yes nor no")
    note = (
        f"{len(told):,} keys revoked; {whole['let_in_before']:,.0f} let in before, "
        f"{whole['refused_after']:,.0f} refused of those begun after"
    )
    return Measured(FIGURES[name], spread([whole["let_in_after"]]), note)
