"""Looks a key up in PostgreSQL: one statement, no ORM, one connection for each thread.

Each look-up is a transaction of its own, begun after the request came: it sees every commit that was answered before.
"""

import threading
from typing import Any

import psycopg

from portal.errors import Unavailable
from portal.verification.verdict import KeyRow

WAIT_SECONDS = 2

LOOK_UP = """
    SELECT key_secret.digest, key.id, key.public_id, key.name, key.kind, key.owner_id, person.email,
           key.created_at, key.revoked_at, key.paused_at, key_secret.made_at, key_secret.ends_at, person.disabled_at,
           sign_in.ended_at, sign_in.ends_at, key.not_before, key.expires_at, key.policy,
           (SELECT coalesce(json_object_agg(site.name, site.value::json), '{}')::text FROM site)
    FROM key_secret
    JOIN key ON key.id = key_secret.key_id
    JOIN person ON person.id = key.owner_id
    LEFT JOIN sign_in ON sign_in.id = key.sign_in_id
    WHERE key_secret.digest = %s
"""


class PostgresStore:
    """Reads the keys of the database at `address`, a libpq connection string or URL."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._local = threading.local()
        self._opened: set[psycopg.Connection[Any]] = set()

    def close(self) -> None:
        """Close the connections of all threads."""
        for connection in self._opened:
            connection.close()
        self._opened.clear()

    def look_up(self, digest: bytes) -> KeyRow | None:
        """Return what is stored for `digest` at this moment, or None.

        Raises:
            Unavailable: the database did not answer.

        """
        try:
            row = self._ask(digest)
        except psycopg.OperationalError:
            self._drop()
            row = self._ask_anew(digest)  # the server was restarted, or a connection idled for too long
        except psycopg.Error as error:
            raise self._unavailable(error) from error
        return None if row is None else KeyRow._make(row)

    def _ask_anew(self, digest: bytes) -> tuple[Any, ...] | None:
        try:
            return self._ask(digest)
        except psycopg.Error as error:
            self._drop()
            raise self._unavailable(error) from error

    def _ask(self, digest: bytes) -> tuple[Any, ...] | None:
        connection = getattr(self._local, "connection", None) or self._open()
        return connection.execute(LOOK_UP, (digest,), prepare=True).fetchone()

    def _open(self) -> psycopg.Connection[Any]:
        options = f"-c statement_timeout={WAIT_SECONDS * 1000} -c default_transaction_read_only=on"
        connection: psycopg.Connection[Any] = psycopg.connect(
            self._address, autocommit=True, connect_timeout=WAIT_SECONDS, options=options
        )
        self._local.connection = connection
        self._opened.add(connection)
        return connection

    def _drop(self) -> None:
        connection: psycopg.Connection[Any] | None = getattr(self._local, "connection", None)
        if connection is not None:
            self._opened.discard(connection)
            connection.close()
        self._local.connection = None

    @staticmethod
    def _unavailable(error: psycopg.Error) -> Unavailable:
        return Unavailable(f"The database did not answer: {type(error).__name__}.")  # its message may quote the address
