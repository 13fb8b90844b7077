"""One loop that does the portal's chores, in a thread of one pages process of the machine, or of all machines."""

import logging
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING

from flask import Flask

from portal import sqlite
from portal.complaint import Complaint, in_one_line
from portal.data_folder import DataFolder
from portal.file_lock import FileLock
from portal.keys.reconcile import reconcile
from portal.web.long_acts import LEFT_BEHIND, finish_what_was_begun
from portal.web.portal import portal
from portal.web.unit_of_work import writing
from portal.worker.census import take_census
from portal.worker.purge import purge

if TYPE_CHECKING:
    from portal.postgres import Turn

TICK_SECONDS = 1.0
PURGE_SECONDS = 600.0

_log = logging.getLogger(__name__)


class Ticker:
    """Finishes long acts and, on SQLite, checkpoints each second; now and then purges, completes the journal, counts.

    Of all processes that use a data folder one ticks; when it ends, another takes over. Of those that tick on several
    machines with one PostgreSQL one does what is to be done once; each completes its own journal.
    """

    def __init__(self, app: Flask, folder: DataFolder) -> None:
        self._app = app
        self._folder = folder
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ticker", daemon=True)
        self._turn = _turn_of_all_machines(app)
        self._checkpointed: tuple[int, int] | None = None
        self._purge_due = 0.0
        self._journal_due = 0.0
        self._census_due = 0.0
        self._complaint = Complaint(_log, "Chores fail and are tried again each second", "The chores are done again.")

    def start(self) -> None:
        """Begin to tick, now or when the process that ticks has ended."""
        self._thread.start()

    def close(self) -> None:
        """Finish the chore at hand and stop."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        turn = FileLock(self._folder.path / "tick.lock")
        try:
            while not turn.take():
                if self._stopped.wait(TICK_SECONDS):
                    return
            while not self._stopped.wait(TICK_SECONDS):
                self._tick()
        finally:
            turn.release()
            if self._turn is not None:
                self._turn.release()

    def _tick(self) -> None:
        try:
            if self._turn is None:
                self._checkpoint()
            if self._turn is None or self._turn.take():
                self._do_what_is_done_once()
            if time.monotonic() >= self._journal_due:
                self._complete_journal()
        except Exception as error:  # noqa: BLE001  # a full disk must not end all chores for good
            self._complaint.make(in_one_line(error), with_trace=True)
        else:
            self._complaint.withdraw()

    def _do_what_is_done_once(self) -> None:
        with self._app.app_context():
            finish_what_was_begun(LEFT_BEHIND)
        if time.monotonic() >= self._purge_due:
            self._tidy_up()
        if time.monotonic() >= self._census_due:
            self._count()

    def _tidy_up(self) -> None:
        with self._app.app_context():
            more = purge()
        self._purge_due = time.monotonic() + (0.0 if more else PURGE_SECONDS)

    def _complete_journal(self) -> None:
        with self._app.app_context(), writing() as session:
            reconcile(session, self._folder.journal, portal().peppers)
        self._journal_due = time.monotonic() + PURGE_SECONDS

    def _count(self) -> None:
        with self._app.app_context():
            self._census_due = time.monotonic() + take_census()

    def _checkpoint(self) -> None:
        """Move the WAL into the database, if anything was written to it since the last time."""
        written = sqlite.wal_written(self._folder.database)
        if written != self._checkpointed:
            with closing(sqlite.connect(self._folder.database)) as connection:
                sqlite.checkpoint(connection, sqlite.WriteLock(self._folder.database))
            self._checkpointed = written


def _turn_of_all_machines(app: Flask) -> "Turn | None":
    """Return what one process of all machines can have; None on SQLite, where the data folder is on this one."""
    address = app.extensions["portal"].settings.postgres_address
    if address is None:
        return None
    from portal.postgres import Lock, Turn  # noqa: PLC0415  # 8 MB that only PostgreSQL needs

    return Turn(address, Lock.TICK)
