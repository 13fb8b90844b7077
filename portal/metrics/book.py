"""The numbers of this process, written down once a second for whoever adds them up (`reading`).

The files are those of prometheus_client's multiprocess mode, but they are written by us, each as a whole: its own
writer maps them into memory, and a map that finds the disk full kills the process. Until a process has written, its
last second is its own: `kill -9` loses that. See docs/adr/0021-metrics-and-logs.md.
"""

import json
import logging
import os
import secrets
import struct
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Any

from portal.complaint import Complaint, in_one_line
from portal.file_lock import FileLock
from portal.metrics.catalogue import PROCESSES, STARTED, Metric
from portal.metrics.counts import BOUNDS, SOURCES, Labels, begin_anew

log = logging.getLogger(__name__)

EVERY_SECONDS = 1.0
_PATIENCE_SECONDS = 1.0
_HEAD = 8  # bytes: how many are used, and nothing


_mine: "Book | None" = None


def open_mine(folder: Path, part: str) -> None:
    """Begin to keep the book of this process, once."""
    global _mine  # noqa: PLW0603  # a process has one
    if _mine is None:
        _mine = Book(Shelf(folder), part)
        _mine.open()


def write_mine() -> None:
    """Write down the numbers of this process now, if it keeps a book."""
    if _mine is not None:
        _mine.write()


class Shelf:
    """The folder where the processes that use the data folder `folder` keep their books."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "metrics"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Let books come, go and be added up one at a time; a process that is frozen holds nobody up for long."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = FileLock(self.path / "shelf")
        lock.take(_PATIENCE_SECONDS)
        try:
            yield
        finally:
            lock.release()

    def dead(self) -> list[str]:
        """Return the names of the books whose process has ended. The lock must be held."""
        return [life.stem for life in self.path.glob("*.life") if FileLock(life).is_free()]

    def clear_unless_counted_on(self) -> None:
        """Forget everything, as a start does; not while another server on the same data folder lives."""
        with self.locked():
            if len(self.dead()) == len(list(self.path.glob("*.life"))):
                for file in (*self.path.glob("*.db*"), *self.path.glob("*.life")):
                    file.unlink()


class Book:
    """The numbers of this process, which serves `part` of the portal: the pages or the lane."""

    def __init__(self, shelf: Shelf, part: str, *, every_seconds: float = EVERY_SECONDS) -> None:
        self._shelf = shelf
        self._every = every_seconds
        self._stop = threading.Event()
        self._complaint = Complaint(log, "Metrics cannot be written", "Metrics are written again.")
        SOURCES[PROCESSES] = lambda: {(part,): 1}
        SOURCES[STARTED] = lambda: {(part,): self._began}

    def open(self) -> None:
        """Begin to write, now and once a second until the process ends."""
        self._begin()
        os.register_at_fork(after_in_child=self._begin_in_child)
        Finalize(None, self.close, exitpriority=90)  # after the recorder, which may have failed to store the last

    def write(self) -> None:
        """Write down what was counted. When that fails, what was written before stands, and no request suffers."""
        with self._writing:
            try:
                self._write()
            except OSError as error:
                self._complaint.make(error.strerror or in_one_line(error))
            else:
                self._complaint.withdraw()

    def close(self) -> None:
        """Write for the last time; from now on the process counts as ended."""
        self._stop.set()
        self.write()
        self._life.release()

    def _begin(self) -> None:
        self._began = time.time()
        self._name = f"{os.getpid()}-{secrets.token_hex(4)}"  # two containers on one folder have the same numbers
        self._writing = threading.Lock()
        self._written: dict[str, bytes] = {}
        self._life = FileLock(self._shelf.path / f"{self._name}.life")
        with self._shelf.locked():
            self._life.take()
        threading.Thread(target=self._write_again_and_again, name="metrics", daemon=True).start()

    def _begin_in_child(self) -> None:
        begin_anew()
        self._begin()

    def _write_again_and_again(self) -> None:
        self.write()
        while not self._stop.wait(self._every):
            self.write()

    def _write(self) -> None:
        for kind, metrics in _by_file().items():
            content = written(entry for metric in metrics for entry in _entries(metric, self._began))
            if content != self._written.get(kind):
                replace(self._shelf.path / f"{kind}_{self._name}.db", content)
                self._written[kind] = content


def replace(path: Path, content: bytes) -> None:
    """Write the file in place of the one that is there; not to the disk itself, as it is of no use after a crash."""
    draft = path.with_name(f"{path.name}.new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    draft.replace(path)


def written(entries: Iterable[tuple[str, float, float]]) -> bytes:
    """Return key, value and moment of each sample as prometheus_client reads them."""
    packed = b"".join(_packed(key) + struct.pack("dd", value, at) for key, value, at in entries)
    return struct.pack("ii", _HEAD + len(packed), 0) + packed


@lru_cache(maxsize=10_000)
def _packed(key: str) -> bytes:
    encoded = key.encode()
    padded = encoded + b" " * (8 - (len(encoded) + 4) % 8)
    return struct.pack("i", len(encoded)) + padded


def _by_file() -> dict[str, list[Metric]]:
    files: dict[str, list[Metric]] = {}
    for metric in SOURCES:
        files.setdefault(f"gauge_{metric.merge}" if metric.kind == "gauge" else metric.kind, []).append(metric)
    return files


def _entries(metric: Metric, at: float) -> Iterator[tuple[str, float, float]]:
    for labels, value in SOURCES[metric]().items():
        for suffix, more, number in _samples(metric, value):
            yield _key(metric, suffix, (*labels, *more)), number, at


def _samples(metric: Metric, value: Any) -> Iterator[tuple[str, Labels, float]]:
    if metric.kind != "histogram":
        yield "_total" if metric.kind == "counter" else "", (), value
        return
    buckets, total = value
    yield "_sum", (), total
    for bound, number in zip((*map(repr, BOUNDS[metric]), "+Inf"), buckets, strict=True):
        yield "_bucket", (bound,), number


@lru_cache(maxsize=10_000)
def _key(metric: Metric, suffix: str, labels: Labels) -> str:
    names = (*metric.labels, "le") if suffix == "_bucket" else metric.labels
    return json.dumps(
        [metric.name, metric.name + suffix, dict(zip(names, labels, strict=True)), metric.help], sort_keys=True
    )
