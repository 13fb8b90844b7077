"""Can this process answer truthfully just now? What `/readyz` says, in one word.

The database is asked once a second at most, by one thread, whoever asks how often: the door is open to all.
"""

import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing

from portal import sqlite
from portal.config import ROOT, Settings
from portal.data_folder import DataFolder
from portal.errors import Unavailable
from portal.keys.peppers import Peppers

READY = "ready"
KEPT_SECONDS = 1.0
WAIT_SECONDS = 2.0

STOPPING = threading.Event()
"""Set when this process has been told to stop: it answers what comes, and asks for nothing new."""

Found = tuple[list[str], dict[int, bytes]]  # the schema's revisions; the peppers' numbers and fingerprints

_REVISIONS = "SELECT version_num FROM alembic_version"
_PEPPERS = "SELECT number, fingerprint FROM pepper"


def newest_schema() -> str:
    """Return the revision of the schema that this code knows."""
    return max(path.name.partition("_")[0] for path in (ROOT / "migrations" / "versions").glob("[0-9]*_*.py"))


class Readiness:
    """The answer for one installation, kept for a second."""

    def __init__(self, settings: Settings) -> None:
        folder = DataFolder(settings.data_dir)
        self._fingerprints = Peppers(folder.read_peppers()).fingerprints()
        self._schema = newest_schema()
        address = settings.postgres_address
        self._ask: Callable[[], Found] = (
            (lambda: _ask_sqlite(folder)) if address is None else lambda: _ask_postgres(address)
        )
        self._turn = threading.Lock()
        self._done = threading.Event()
        self._word = "starting"
        self._at = self._since = float("-inf")

    def word(self) -> str:
        """Return `ready`, or why not: starting, stopping, database (no answer in two seconds), schema, peppers."""
        if STOPPING.is_set():
            return "stopping"
        if time.monotonic() - self._at > KEPT_SECONDS and self._turn.acquire(blocking=False):
            self._since = time.monotonic()
            self._done.clear()
            self._look_in_a_thread()
            self._done.wait(WAIT_SECONDS)  # one request at a time waits; all others get what is known
        if self._done.is_set() or time.monotonic() - self._since < WAIT_SECONDS:
            return self._word
        return "database"

    def _look_in_a_thread(self) -> None:
        try:
            threading.Thread(target=self._look, name="readiness", daemon=True).start()
        except RuntimeError:  # no more threads now; the next one asks
            self._turn.release()

    def _look(self) -> None:
        try:
            self._word = self._judge()
            self._at = time.monotonic()
        finally:
            self._done.set()
            self._turn.release()

    def _judge(self) -> str:
        try:
            revisions, peppers = self._ask()
        except Exception:  # noqa: BLE001  # whatever it is, the answer is no
            return "database"
        if revisions != [self._schema]:
            return "schema"
        return READY if peppers.items() <= self._fingerprints.items() else "peppers"


def _ask_sqlite(folder: DataFolder) -> Found:
    try:
        with closing(sqlite.connect(folder.database, read_only=True)) as connection:
            revisions = [str(revision) for (revision,) in connection.execute(_REVISIONS)]
            return revisions, dict(connection.execute(_PEPPERS).fetchall())
    except sqlite3.Error as error:
        raise Unavailable(str(error)) from error


def _ask_postgres(address: str) -> Found:
    from portal import postgres  # noqa: PLC0415  # 8 MB that only PostgreSQL needs

    with closing(postgres.connect(address, seconds=WAIT_SECONDS)) as connection:
        revisions = [str(revision) for (revision,) in connection.execute(_REVISIONS)]
        return revisions, {number: bytes(mark) for number, mark in connection.execute(_PEPPERS)}
