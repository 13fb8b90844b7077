"""Looks a key up in SQLite: one statement, no ORM, one connection for each thread.

Each look-up is a SELECT of its own outside any transaction, begun after the request came, so it sees every commit that
was answered before: revoked means now.
"""

import sqlite3
import threading
from pathlib import Path

from portal import sqlite
from portal.errors import Unavailable
from portal.verification.verdict import KeyRow

WAIT_MILLISECONDS = 2000  # a caller is better off with a quick 503 than with a late answer

COLUMNS = """
    SELECT key_secret.digest, key.id, key.public_id, key.name, key.kind, key.owner_id, person.email,
           key.created_at, key.revoked_at, key.paused_at, key_secret.made_at, key_secret.ends_at, person.disabled_at,
           sign_in.ended_at, sign_in.ends_at, key.not_before, key.expires_at, key.policy
"""
JOINS = """
    FROM key_secret
    JOIN key ON key.id = key_secret.key_id
    JOIN person ON person.id = key.owner_id
    LEFT JOIN sign_in ON sign_in.id = key.sign_in_id
"""
SITE = "SELECT json_group_object(site.name, json(site.value)) FROM site"
LOOK_UP = f"{COLUMNS}, ({SITE}) {JOINS} WHERE key_secret.digest = ?"


class SqliteStore:
    """Reads the keys of the database at `path`. It is opened on the first look-up, so that a fork copies nothing."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()

    def recall(self, _digest: bytes) -> KeyRow | None:
        """Return None: nothing is remembered."""

    def warm_up(self) -> None:
        """Do nothing: nothing is remembered."""

    def look_up(self, digest: bytes) -> KeyRow | None:
        """Return what is stored for `digest` at this moment, or None.

        Raises:
            Unavailable: the database did not answer.

        """
        connection = getattr(self._local, "connection", None) or self._open()
        try:
            rows = connection.execute(LOOK_UP, (digest,)).fetchall()  # all, so that no read stays open
        except sqlite3.Error as error:
            self._local.connection = None
            raise Unavailable(f"The database did not answer: {error}.") from error
        return KeyRow.of(rows[0]) if rows else None

    def _open(self) -> sqlite3.Connection:
        connection = sqlite.connect(self._path, read_only=True)
        connection.execute(f"PRAGMA busy_timeout = {WAIT_MILLISECONDS}")
        self._local.connection = connection
        return connection
