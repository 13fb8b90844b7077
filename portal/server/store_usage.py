"""Stores what the servers of this machine record, as a child of the supervisor.

python -m portal.server.store_usage SUPERVISOR
"""

import gc
import signal
import sys
import threading

from portal import logs
from portal.config import Settings, load_settings
from portal.data_folder import DataFolder
from portal.metrics.book import open_mine
from portal.metrics.catalogue import USAGE_BATCHES, USAGE_FAILURES, USAGE_FLUSHED
from portal.metrics.counts import SOURCES
from portal.server.lifeline import end_with
from portal.usage.sink import Sink
from portal.usage.sink_sqlite import SqliteSink
from portal.usage.spool import Spool
from portal.usage.storer import Storer


def main(arguments: list[str]) -> None:
    """Store until SIGTERM, and then what is left."""
    (supervisor,) = arguments
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda _number, _frame: stop.set())
    signal.pthread_sigmask(signal.SIG_SETMASK, ())  # the supervisor blocks signals, and a child inherits that
    end_with(int(supervisor))
    settings = load_settings()
    logs.take_over(settings.log_format, settings.log_level)
    folder = DataFolder(settings.data_dir.resolve())
    gc.set_threshold(200_000, 20, 100)  # what is added up is much, and no cycle is in it
    storer = Storer(Spool(folder.usage), _sink(settings, folder))
    _keep_book(storer, folder)
    storer.run(stop)


def _keep_book(storer: Storer, folder: DataFolder) -> None:
    """Tell, at `/metrics`, how the storer does."""
    SOURCES[USAGE_BATCHES] = lambda: {(): storer.waiting}
    SOURCES[USAGE_FAILURES] = lambda: {(): storer.failures}
    SOURCES[USAGE_FLUSHED] = lambda: {} if storer.stored_at is None else {(): storer.stored_at}
    open_mine(folder.path, "storer")


def _sink(settings: Settings, folder: DataFolder) -> Sink:
    if settings.postgres_address is None:
        return SqliteSink(folder.database)
    from portal.usage.sink_postgres import PostgresSink  # noqa: PLC0415  # 8 MB that only PostgreSQL needs

    return PostgresSink(settings.postgres_address)


if __name__ == "__main__":
    main(sys.argv[1:])
