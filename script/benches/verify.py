"""Verification, measured as docs/measured.md tells: script/bench verify [--only NAME …] [--rounds 5] [--seconds 3]."""

import argparse
import fcntl
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from script.benches import (
    verify_busy,
    verify_growth,
    verify_machine,
    verify_memory,
    verify_profile,
    verify_recorded,
    verify_revoked,
    verify_table,
    verify_wrk,
)
from script.benches.verify_entries import ENTRIES, WORDS, Scene
from script.benches.verify_figures import FIGURES, Measured
from script.benches.verify_rounds import Range, Taken, ratio, take
from script.benches.verify_wrk import Failed, Sample

KEPT = Path("/var/tmp") / f"portal-bench-{os.getuid()}"  # noqa: S108  # the user postgres must reach it as well


def rate(sample: Sample) -> float:
    return sample.rate


_held: list[IO[str]] = []  # the lock goes with the process


def p99(sample: Sample) -> float:
    return sample.p99_ms


# Which figure compares which two things that were asked by turns.
RATIOS: dict[str, tuple[str, str, Callable[[Sample], float]]] = {
    "lane": ("lane", "bare", rate),
    "raw": ("lane", "raw", rate),
    "full": ("full", "bare", rate),
    "drf-gunicorn": ("lane", "drf-gunicorn", rate),
    "drf-granian": ("lane", "drf-granian", rate),
    "knox-gunicorn": ("lane", "knox-gunicorn", rate),
    "knox-granian": ("lane", "knox-granian", rate),
    "postgres": ("postgres", "bare", rate),
    "decorator": ("decorator", "bare", rate),
    "p99": ("lane", "bare", p99),
    "nginx": ("nginx-lane", "nginx-bare", rate),
    "nginx-asking": ("nginx-lane", "nginx-asking-bare", rate),
}


# Which figure is measured by itself.
ALONE: dict[str, Callable[[Scene, argparse.Namespace], Measured]] = {
    "busy": lambda scene, wish: verify_busy.measure(scene, wish.rounds),
    "growth": lambda scene, wish: verify_growth.measure(scene, wish.rounds),
    "memory": lambda scene, _wish: verify_memory.measure(scene),
    "revoked": lambda scene, wish: verify_revoked.measure(scene, "revoked", wish.trials),
    "revoked-postgres": lambda scene, wish: verify_revoked.measure(scene, "revoked-postgres", wish.trials),
}


def main() -> None:
    wish = _wish()
    verify_wrk.require()
    kept = _own(wish.folder)
    about = verify_machine.about()
    print("\n".join(about), flush=True)
    verify_machine.warn_of_load()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is stopped
    with tempfile.TemporaryDirectory(prefix="run-", dir=kept) as run, ExitStack() as stack:
        Path(run).chmod(0o755)
        scene = Scene(kept, Path(run), wish.keys, wish.seconds, stack, wish.many)
        if wish.profile:
            with scene.servers:
                verify_profile.run(scene, wish.profile)
            return
        with scene.servers:
            samples, failed = _by_turns(scene, wish)
            for name in scene.opened.keys() - failed.keys():
                scene.notes[name] += f"; {verify_recorded.said(scene.opened[name].store, scene.opened[name].let_in)}"
        measured = [
            _figure(name, samples, failed) if name in RATIOS else _alone(scene, name, wish) for name in wish.only
        ]
    _print(measured, samples, scene.notes | failed)
    if wish.json:
        verify_table.write_json(wish.json, about, measured, samples)


def _wish() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/bench verify", description=__doc__)
    parser.add_argument(
        "--only", nargs="+", choices=FIGURES, default=list(FIGURES), metavar="NAME", help=", ".join(FIGURES)
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0, help="How long each turn lasts.")
    parser.add_argument("--keys", type=int, default=100_000)
    parser.add_argument(
        "--folder", type=lambda text: Path(text).absolute(), default=KEPT, help="What is made stays here."
    )
    parser.add_argument("--many", type=int, default=1_000_000, help="Keys of the larger stores.")
    parser.add_argument("--trials", type=int, default=1_000, help="Keys that are revoked.")
    parser.add_argument("--json", type=Path, help="Write every sample here.")
    parser.add_argument(
        "--profile", nargs="?", const="lane", choices=("lane", "full", "decorator"), help="Show where the time goes."
    )
    return parser.parse_args()


def _own(folder: Path) -> Path:
    """Return the folder, made if need be; one that is somebody else's could hold anything."""
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise SystemExit(f"{folder} belongs to somebody else; name another one by --folder.")
    lock = (folder / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise SystemExit(f"Another run is at work in {folder}; name another folder by --folder.") from None
    _held.append(lock)
    for left in folder.glob("run-*"):  # of a run that was killed
        shutil.rmtree(left, ignore_errors=True)
    return folder


def _by_turns(scene: Scene, wish: argparse.Namespace) -> tuple[Taken, dict[str, str]]:
    """Open what the wanted figures compare, and measure it by turns; what cannot be opened is left out."""
    wanted = {name for figure in wish.only if figure in RATIOS for name in RATIOS[figure][:2]}
    opened: dict[str, Callable[[], Sample]] = {}
    failed: dict[str, str] = {}
    for name in (name for name in ENTRIES if name in wanted):
        _tell(f"starting {name}")
        try:
            opened[name] = ENTRIES[name](scene)
        except Exception as error:  # noqa: BLE001  # whatever it is, the others are measured
            failed[name] = f"{error}" or repr(error)
            _tell(f"{name} failed: {failed[name]}")
    samples, failed_later = take(opened, wish.rounds, _tell)
    return samples, failed | failed_later


def _figure(name: str, samples: Taken, failed: dict[str, str]) -> Measured:
    one, other, of = RATIOS[name]
    for entry in (one, other):
        if entry in failed:
            return Measured(FIGURES[name], None, f"{entry}: {failed[entry]}")
    try:
        found: Range | None = ratio(samples, one, other, of)
    except Failed as error:
        return Measured(FIGURES[name], None, str(error))
    return Measured(FIGURES[name], found)


def _alone(scene: Scene, name: str, wish: argparse.Namespace) -> Measured:
    """Measure a figure that has its own way."""
    _tell(f"measuring {name}")
    try:
        with scene.servers:
            measured = ALONE[name](scene, wish)
    except Exception as error:  # noqa: BLE001  # whatever it is, the others are measured
        _tell(f"{name} failed: {error!r}")
        return Measured(FIGURES[name], None, str(error) or repr(error))
    _tell("\n".join(verify_table.figures([measured])[2:]))
    return measured


def _print(measured: list[Measured], samples: Taken, notes: dict[str, str]) -> None:
    print("\n" + "\n".join(verify_table.figures(measured)))
    if samples:
        print("\n" + "\n".join(verify_table.entries(samples, WORDS, notes)))


def _tell(what: str) -> None:
    print(f"… {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
