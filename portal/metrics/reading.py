"""The numbers of all processes of a data folder, as Prometheus reads them."""

from collections import defaultdict
from pathlib import Path

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector

from portal.metrics.book import Shelf, replace, written

CONTENT_TYPE = CONTENT_TYPE_LATEST
_GONE = "gone"


def exposition(shelf: Shelf) -> bytes:
    """Return all numbers. What processes that have ended counted goes on being told; what they stood at does not."""
    registry = CollectorRegistry()
    with shelf.locked():
        _bury(shelf)
        registry.register(_Read(shelf.path))
        return generate_latest(registry)


class _Read:
    """The files of a folder as one collector."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def collect(self) -> list[Metric]:
        """Add up all files."""
        files = sorted(str(file) for file in self._path.glob("*.db"))
        merged = MultiProcessCollector.merge(files)  # type: ignore[no-untyped-call]
        return sorted(merged, key=lambda metric: metric.name)


def _bury(shelf: Shelf) -> None:
    """Add the counts of ended processes to those of all who ended before, so that a long run has few files."""
    for name in shelf.dead():
        for kind in ("counter", "histogram"):
            book = shelf.path / f"{kind}_{name}.db"
            if book.exists():
                _add(book, shelf.path / f"{kind}_{_GONE}.db")
                book.unlink()  # at once: what comes next may fail, and nothing may be added twice
        for file in (*shelf.path.glob(f"*_{name}.db*"), shelf.path / f"{name}.life"):
            file.unlink(missing_ok=True)


def _add(book: Path, into: Path) -> None:
    sums: dict[str, float] = defaultdict(float)
    for file in (into, book):
        if file.exists():
            for key, value, _at, _place in MmapedDict.read_all_values_from_file(file):  # type: ignore[no-untyped-call]
                sums[key.rstrip()] += value
    replace(into, written((key, value, 0.0) for key, value in sums.items()))
