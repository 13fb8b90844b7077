"""Databases of one PostgreSQL, lent to one test after the other: emptied in between, quicker than made anew."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import LiteralString

import psycopg
from psycopg import Connection, sql

_GROWN = 4_000_000  # bytes: what tests have left behind makes a plan differ
_END_OTHERS: LiteralString = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
# Tables, indexes and sequences with what ANALYZE found; columns; and everything else that a test could have made.
_SHAPE: LiteralString = """
    SELECT
        (SELECT md5(string_agg(concat_ws(' ', oid, relname, relkind, relfilenode, reltuples, relacl), ',' ORDER BY oid))
            FROM pg_class WHERE relnamespace = 'public'::regnamespace),
        (SELECT md5(string_agg(concat_ws(' ', attrelid, attname, atttypid, attnotnull), ',' ORDER BY attrelid, attnum))
            FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid WHERE relnamespace = 'public'::regnamespace),
        (SELECT array_agg(tgenabled ORDER BY oid) FROM pg_trigger),
        (SELECT count(*) FROM pg_class), (SELECT count(*) FROM pg_constraint), (SELECT count(*) FROM pg_proc),
        (SELECT count(*) FROM pg_statistic_ext),
        (SELECT count(*) FROM pg_db_role_setting), (SELECT count(*) FROM pg_namespace WHERE nspname NOT LIKE 'pg_%')
"""
_TABLES: LiteralString = """
    SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' ORDER BY tablename
"""


class Databases:
    """Copies of the database `migrated` of the server whose socket lies in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count()
        self._free: list[str] = []
        with self._open("postgres") as connection:
            connection.execute("ALTER SYSTEM SET autovacuum = off")  # else it learns of rows whenever it likes
            connection.execute("SELECT pg_reload_conf()")
        with self._open("migrated") as connection:
            self._shape, self._size = _shape_of(connection), _size_of(connection)

    @contextmanager
    def lent(self) -> Iterator[str]:
        """Give the name of an empty, migrated database that nobody else has."""
        name = self._free.pop() if self._free else self._made()
        yield name
        if self._emptied(name):
            self._free.append(name)
        else:
            self._run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)"), name)

    def _made(self) -> str:
        name = f"test_{next(self._numbers)}"
        self._run(sql.SQL("CREATE DATABASE {} TEMPLATE migrated"), name)
        return name

    def _emptied(self, name: str) -> bool:
        """Empty the database, and return whether it is as good as new; one that was altered is not."""
        try:
            with self._open(name) as connection:
                connection.execute(_END_OTHERS)
                if _shape_of(connection) != self._shape or _size_of(connection) > self._size + _GROWN:
                    return False
                _empty(connection)
        except psycopg.Error:
            return False
        return True

    def _run(self, statement: sql.SQL, name: str) -> None:
        with self._open("postgres") as connection:
            connection.execute(statement.format(sql.Identifier(name)))

    def _open(self, name: str) -> Connection:
        return psycopg.connect(f"host={self._folder} user=portal dbname={name}", autocommit=True)


def _shape_of(connection: Connection) -> tuple[object, ...] | None:
    return connection.execute(_SHAPE).fetchone()


def _size_of(connection: Connection) -> int:
    row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    assert row is not None
    return row[0]


def _empty(connection: Connection) -> None:
    """Delete all rows, whatever refers to them, and let every number begin at one."""
    connection.execute("SET session_replication_role = replica; SET lock_timeout = '5s'")
    tables = [sql.Identifier(name) for (name,) in connection.execute(_TABLES)]
    connection.execute(sql.SQL("; ").join(sql.SQL("DELETE FROM {}").format(table) for table in tables))
    connection.execute(
        "SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false) FROM pg_sequences"
    )
    connection.execute("INSERT INTO key_change (xid) VALUES (pg_current_xact_id()::text::bigint)")  # as its migration
