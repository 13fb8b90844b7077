"""One loop that does the portal's chores, in a thread of one pages process of the machine."""

import logging
import threading
import time
from contextlib import closing
from datetime import timedelta

from flask import Flask

from portal import sqlite
from portal.data_folder import DataFolder
from portal.file_lock import FileLock
from portal.keys.reconcile import reconcile
from portal.web.long_acts import finish_what_was_begun
from portal.web.portal import portal
from portal.web.unit_of_work import writing
from portal.worker.census import take_census
from portal.worker.purge import purge

TICK_SECONDS = 1.0
PURGE_SECONDS = 600.0
LEFT_BEHIND = timedelta(seconds=60)  # an act that takes longer is taken for one whose process died

_log = logging.getLogger(__name__)


class Ticker:
    """Moves the WAL into the database each second; now and then purges what is old, completes the journal, and counts.

    Of all processes that use a data folder one ticks; when it ends, another takes over.
    """

    def __init__(self, app: Flask, folder: DataFolder) -> None:
        self._app = app
        self._folder = folder
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ticker", daemon=True)
        self._purge_due = 0.0
        self._census_due = 0.0
        self._complained = False

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

    def _tick(self) -> None:
        try:
            self._checkpoint()
            with self._app.app_context():
                finish_what_was_begun(LEFT_BEHIND)
            if time.monotonic() >= self._purge_due:
                self._tidy_up()
            if time.monotonic() >= self._census_due:
                self._count()
        except Exception:  # noqa: BLE001  # a full disk must not end all chores for good
            self._complain()
        else:
            self._recover()

    def _tidy_up(self) -> None:
        with self._app.app_context():
            more = purge()
            with writing() as session:
                reconcile(session, self._folder.journal, portal().peppers)
        self._purge_due = time.monotonic() + (0.0 if more else PURGE_SECONDS)

    def _count(self) -> None:
        with self._app.app_context():
            self._census_due = time.monotonic() + take_census()

    def _complain(self) -> None:
        """Say it once, and not each second, for as long as it lasts."""
        if not self._complained:
            _log.exception("A chore failed; it is tried again each second.")
        self._complained = True

    def _recover(self) -> None:
        if self._complained:
            _log.info("The chores are done again.")
        self._complained = False

    def _checkpoint(self) -> None:
        with closing(sqlite.connect(self._folder.database)) as connection:
            sqlite.checkpoint(connection, sqlite.WriteLock(self._folder.database))
