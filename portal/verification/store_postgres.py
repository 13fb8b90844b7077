"""Looks a key up in PostgreSQL: one statement, no ORM, a few connections for all threads.

Each look-up is a transaction of its own, begun after the request came: it sees every commit that was answered before.
"""

from typing import Any

import psycopg
from psycopg import errors

from portal.errors import Unavailable
from portal.postgres import NoAnswer
from portal.postgres_pool import Pool
from portal.verification.verdict import KeyRow

WAIT_SECONDS = 1.2  # with the grace of the pool, a caller hears within 2 s that nothing can be known

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
    """Reads the keys of the database that `pool` leads to."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def recall(self, _digest: bytes) -> KeyRow | None:
        """Return None: nothing is remembered."""

    def warm_up(self) -> None:
        """Do nothing: nothing is remembered."""

    def look_up(self, digest: bytes) -> KeyRow | None:
        """Return what is stored for `digest` at this moment, or None.

        Raises:
            Unavailable: the database did not answer.

        """
        try:
            row = self._ask_twice(digest)
        except psycopg.Error as error:
            # Its message may quote the address.
            raise Unavailable(f"The database did not answer: {type(error).__name__}.") from error
        return None if row is None else KeyRow.of(row)

    def _ask_twice(self, digest: bytes) -> tuple[Any, ...] | None:
        """Ask again when the server ended the connection: it may be back already. One that is silent is left alone."""
        try:
            return self._ask(digest)
        except (NoAnswer, errors.ConnectionTimeout, errors.QueryCanceled):
            raise
        except psycopg.OperationalError:
            return self._ask(digest)

    def _ask(self, digest: bytes) -> tuple[Any, ...] | None:
        with self._pool.borrow() as connection:
            return connection.execute(LOOK_UP, (digest,), prepare=True).fetchone()
