"""Looks keys up in SQLite and remembers them, as long as that is proven to be what is stored: revoked means now.

Each look-up begins after the request came, and first compares a mark that every commit changes. When it has changed,
the log of changes (`key_change`, written by triggers) names the keys that may have another verdict now, and those are
forgotten. A commit that turned no verdict, as the usage records of each second, costs one small read.

See docs/adr/0023-a-cache-that-proves-itself.md.
"""

import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from portal import sqlite
from portal.errors import Unavailable
from portal.verification.packed_rows import MOST_BYTES
from portal.verification.remembered import MOST_CHANGES, Remembered
from portal.verification.store_sqlite import COLUMNS, JOINS, SITE, WAIT_MILLISECONDS
from portal.verification.verdict import KeyRow
from portal.verification.wal_index import DataVersion, Proof, WalIndex

_PAGES_KIB = 2048  # enough for the upper pages of the trees; each thread that reads may come to hold as much
MOST_WARMED = 100_000  # keys, which takes a second or two of the start
LOOK_AGAIN_SECONDS = 1.0  # after so long the log is read even if the mark says that there is no need

_LOOK_UP = f"{COLUMNS} {JOINS} WHERE key_secret.digest = ?"
_OLDEST_USE = """
    SELECT use.at FROM key_last_used AS use CROSS JOIN key ON key.id = use.key_id
    WHERE use.used = true AND key.revoked_at IS NULL ORDER BY use.at DESC LIMIT 1 OFFSET ?
"""
# What was used last comes last, because it is to be forgotten last. Joined crosswise, so that nothing is sorted.
_USED_SINCE = f"""
    {COLUMNS} FROM key_last_used AS use
    CROSS JOIN key ON key.id = use.key_id CROSS JOIN key_secret ON key_secret.key_id = key.id
    CROSS JOIN person ON person.id = key.owner_id LEFT JOIN sign_in ON sign_in.id = key.sign_in_id
    WHERE use.used = true AND use.at >= ? AND key.revoked_at IS NULL ORDER BY use.at
"""
_ENDS_OF_LOG = "SELECT (SELECT min(seq) FROM key_change), (SELECT max(seq) FROM key_change)"
_CHANGES = "SELECT digest FROM key_change WHERE seq > ?"


class CachedStore:
    """Reads the keys of the database at `path`. It is opened on the first look-up, so that a fork copies nothing."""

    def __init__(self, path: Path, most_bytes: int = MOST_BYTES, most_warmed: int = MOST_WARMED) -> None:
        self._path = path
        self._lock = threading.Lock()  # everything but a hit happens under it: no old row is kept behind its change
        self._connection: sqlite3.Connection | None = None
        self._proof: Proof | None = None
        self._mark: object = None
        self._look_again = 0.0
        self._seq = 0
        self._rows = Remembered(most_bytes)
        self._most_warmed = most_warmed
        self._site: str | None = None

    def recall(self, digest: bytes) -> KeyRow | None:
        """Return what is remembered for `digest` and is proven to be stored so at this moment, else None.

        Raises:
            Unavailable: the database did not answer.

        """
        proof = self._proof
        try:
            is_current = proof is not None and proof.mark() == self._mark and time.monotonic() <= self._look_again
        except sqlite3.Error:
            is_current = False
        if not is_current:
            with self._lock:
                try:
                    self._catch_up()
                except sqlite3.Error as error:
                    raise self._unavailable(error) from error
        return self._rows.get(digest)

    def look_up(self, digest: bytes) -> KeyRow | None:
        """Return what is stored for `digest` at this moment, or None, and remember it.

        Raises:
            Unavailable: the database did not answer.

        """
        with self._lock:
            try:
                connection = self._catch_up()
                rows = list(self._read(connection, _LOOK_UP, digest))  # all, so that no read stays open
            except sqlite3.Error as error:
                raise self._unavailable(error) from error
            return self._rows.keep(rows[0]) if rows else None

    def warm_up(self) -> None:
        """Remember the keys that were used last, so that the first requests are as quick as the later ones.

        Raises:
            Unavailable: the database did not answer.

        """
        with self._lock:
            try:
                connection = self._catch_up()
                oldest = connection.execute(_OLDEST_USE, (self._most_warmed - 1,)).fetchone() or (0,)
                for row in self._read(connection, _USED_SINCE, *oldest):
                    self._rows.keep(row)
            except sqlite3.Error as error:
                raise self._unavailable(error) from error

    def _read(self, connection: sqlite3.Connection, query: str, which: object) -> Iterator[KeyRow]:
        """Give rows. The settings of the site are the same for all, and are read once after each change of them."""
        if self._site is None:
            ((self._site,),) = connection.execute(SITE).fetchall()
        for row in connection.execute(query, (which,)):
            yield KeyRow.of((*row, self._site))

    def _catch_up(self) -> sqlite3.Connection:
        """Forget what has changed. The mark is taken first: what is committed from here on changes it again."""
        connection, proof = self._open()
        if time.monotonic() > self._look_again and not proof.is_of(self._path):
            self._close()
            connection, proof = self._open()
        mark = proof.mark()
        if mark != self._mark or time.monotonic() > self._look_again:
            self._forget_changes(connection)
            self._mark, self._look_again = mark, time.monotonic() + LOOK_AGAIN_SECONDS
        return connection

    def _forget_changes(self, connection: sqlite3.Connection) -> None:
        ((oldest, newest),) = connection.execute(_ENDS_OF_LOG).fetchall()
        oldest, newest = oldest or 0, newest or 0
        if newest == self._seq:
            return
        if not oldest - 1 <= self._seq < newest or newest - self._seq > MOST_CHANGES:
            self._forget_everything()  # another database, or more has happened than the log holds
        else:
            for (digest,) in connection.execute(_CHANGES, (self._seq,)).fetchall():
                self._forget(digest)
        self._seq = newest

    def _forget(self, digest: bytes | None) -> None:
        self._rows.forget(digest)
        if digest is None:
            self._site = None

    def _forget_everything(self) -> None:
        self._forget(None)

    def _open(self) -> tuple[sqlite3.Connection, Proof]:
        if self._connection is None or self._proof is None:
            self._forget_everything()
            connection = sqlite.connect(self._path, read_only=True)
            connection.execute(f"PRAGMA busy_timeout = {WAIT_MILLISECONDS}")
            connection.execute(f"PRAGMA cache_size = -{_PAGES_KIB}")
            (newest,) = connection.execute("SELECT max(seq) FROM key_change").fetchone()  # a read makes the WAL-index
            self._connection, self._seq, self._mark = connection, newest or 0, None
            self._proof = _proof_of(self._path)
        return self._connection, self._proof

    def _close(self) -> None:
        self._connection = self._proof = None  # not closed by us: a thread may be comparing

    def _unavailable(self, error: sqlite3.Error) -> Unavailable:
        self._close()
        return Unavailable(f"The database did not answer: {error}.")


def _proof_of(path: Path) -> Proof:
    try:
        return WalIndex(path)
    except (OSError, ValueError):
        return DataVersion(path, sqlite.connect(path, read_only=True))
