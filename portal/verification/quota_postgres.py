"""Counts quotas in PostgreSQL: nothing is let in before its count is committed.

PostgreSQL itself lets many commits share one wait for the disk, so each request has a transaction of its own.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

import psycopg

from portal.errors import Unavailable
from portal.policy.limits import Quota
from portal.verification.limiter import Spent
from portal.verification.quotas import Claim, UsedUp

Borrow = Callable[[], AbstractContextManager[psycopg.Connection[Any]]]

USED = 'SELECT used FROM quota WHERE key_id = %s AND "window" = %s'
SPEND = """
    INSERT INTO quota (key_id, "window", used) VALUES (%s, %s, 1)
    ON CONFLICT (key_id, "window") DO UPDATE SET used = quota.used + 1 WHERE quota.used < %s
    RETURNING used
"""


class PostgresQuotas:
    """Counts the quotas of keys, exactly over all processes and machines that share the database.

    `borrow` lends a connection in autocommit mode, as `portal.postgres_pool` does.
    """

    def __init__(self, borrow: Borrow) -> None:
        self._borrow = borrow
        self._used_up = UsedUp()

    def spend(self, key_id: int, quotas: Sequence[Quota], now_ms: int) -> Spent:
        """Count one request on every quota, each of another window, or on none of them.

        Raises:
            Unavailable: the database could not be written. The request may have been counted.

        """
        ordered = sorted(quotas, key=lambda quota: quota.window)  # everywhere alike, so that no two wait for each other
        claim = Claim.of(key_id, ordered, now_ms)
        refusal = self._used_up.refusal(claim)
        if refusal is not None:
            return refusal
        try:
            with self._borrow() as connection:
                return self._settle(connection, claim)
        except psycopg.Error as error:
            raise Unavailable(f"The quota could not be counted: {type(error).__name__}.") from error

    def _settle(self, connection: psycopg.Connection[Any], claim: Claim) -> Spent:
        """Spend one of each quota: by itself where there is one, which saves two ways to the server and back."""
        if len(claim.quotas) == 1:
            used = self._count(connection, claim)
        else:
            with connection.transaction() as all_or_none:
                used = self._count(connection, claim)
                if used is None:
                    raise psycopg.Rollback(all_or_none)
        return self._refuse(connection, claim) if used is None else claim.answer(used)

    def _count(self, connection: psycopg.Connection[Any], claim: Claim) -> list[int] | None:
        """Return how much of each quota was used before; None when one of them is full."""
        used = []
        for quota, window in claim.quotas:
            row = connection.execute(SPEND, (claim.key_id, window.name, quota.count)).fetchone()
            if row is None:
                return None
            used.append(row[0] - 1)
        return used

    def _refuse(self, connection: psycopg.Connection[Any], claim: Claim) -> Spent:
        """Look up how much was used. Only a count that was full can be seen full: it never shrinks."""
        names = [(claim.key_id, window.name) for _, window in claim.quotas]
        rows = [connection.execute(USED, name).fetchone() for name in names]
        used = [row[0] if row else 0 for row in rows]
        self._used_up.note(claim, used)
        return claim.answer(used)
