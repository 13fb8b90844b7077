"""Migrations go up, down and up again on a database that is in use, and every row survives what need not take it.

MIGRATION_KEYS=100000 has them do so at size; `script/bench migrations` does that.
"""

import os
import time
import zlib
from collections import Counter
from contextlib import contextmanager

import flask_migrate
import pytest
from sqlalchemy import inspect
from sqlalchemy.orm import Session

from portal import database as databases
from portal.accounts import passwords
from portal.audit.events import SHELL
from portal.config import ROOT
from portal.devdata import filling
from portal.devdata.scene import Wish
from portal.extensions import db
from portal.keys import journal
from portal.keys.known_peppers import recognize
from portal.keys.peppers import Peppers
from portal.move.tables import tables
from tests.cast import PASSWORD

# SQLite cannot tell Alembic about indexes of expressions.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Skipped unsupported reflection:sqlalchemy.exc.SAWarning"),
    pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index:UserWarning"),
]

KEYS = int(os.environ.get("MIGRATION_KEYS", "300"))
MIGRATIONS = str(ROOT / "migrations")
LOWEST = "0001"  # the first tables; below it there is nothing that could survive
# Tables that are made anew with other columns, and one that is a log of what was changed.
TAKEN = {"refusal", "usage_hour", "key_change"}
# Going up ends sign-ins where they have been idle for long, and invented ones outlive that.
SHORTENED = {("sign_in", "ends_at")}
# Counted anew when going up, from the access log.
ANEW = {"usage_hour"}


@pytest.fixture(params=["sqlite", "postgresql"])
def bound(request, folder):
    """An app context, bound to a database that is filled: that of the data folder, or a PostgreSQL."""
    address = request.getfixturevalue("address") if request.param == "postgresql" else None
    with databases.bound_app(folder, address).app_context():
        fill(folder)
        yield
        db.engine.dispose()


def fill(folder):
    peppers = Peppers(folder.read_peppers())
    journal.begin(folder.journal, peppers)
    wish = Wish(KEYS, max(KEYS // 20, 1), 1, passwords.hash_password(PASSWORD), "ptl", peppers)
    with Session(db.engine.execution_options(portal_writes=True)) as session:
        recognize(session, peppers)
        begun = filling.begin(session, SHELL, wish)
        session.commit()
        for _ in range(begun.slices):
            begun.write_next(session)
            session.commit()
        begun.finish(session, SHELL)
        session.commit()


def contents():
    """For each table how many rows it has, and a sum over each of its columns that no change leaves as it is."""
    with db.engine.connect() as connection:
        return {table: sums(connection, table) for table in inspect(connection).get_table_names()}


def sums(connection, table):
    rows = connection.execution_options(stream_results=True, yield_per=1000).exec_driver_sql(f'SELECT * FROM "{table}"')
    names, counted = list(rows.keys()), Counter()
    for row in rows:
        counted["rows"] += 1
        for name, value in zip(names, row, strict=True):
            counted[name] += zlib.crc32(repr(value).encode())
    return {"rows": counted["rows"]} | {name: counted[name] for name in names}


@contextmanager
def told(what):
    begun = time.perf_counter()
    yield
    print(f"{db.engine.dialect.name}, {KEYS:,} keys: {what} {time.perf_counter() - begun:.1f} s")  # noqa: T201  # shown by -s


def go(direction, revision):
    with told(direction.__name__):
        direction(MIGRATIONS, revision=revision)


def test_every_row_survives_going_down_and_up_again(bound):
    before = contents()
    go(flask_migrate.downgrade, LOWEST)
    below = contents()
    go(flask_migrate.upgrade, "head")
    after = contents()

    assert before["key"]["rows"] == KEYS
    kept = (set(before) & set(below)) - TAKEN - {"alembic_version"}
    assert {"key", "key_secret", "person", "audit", "access", "sign_in"} <= kept
    for table in kept:
        columns = set(before[table]) & set(below[table])
        lost = {"rows", *columns} if table == "key_last_used" else set()  # a key that was never used has no row below
        assert below[table].items() >= {name: before[table][name] for name in columns - lost}.items(), table
        same = {name for name in columns if (table, name) not in SHORTENED}
        assert after[table].items() >= {name: before[table][name] for name in same}.items(), table
    assert set(below) < set(before)
    assert set(after) == set(before)
    assert {table: list(after[table]) for table in kept} == {table: list(before[table]) for table in kept}
    assert all(after[table]["rows"] for table in ANEW)


def test_the_tables_fit_the_models_after_going_down_to_nothing_and_up(bound):
    assert tables()  # with it come all models
    flask_migrate.check(MIGRATIONS)  # what `flask db check` does: it ends the program where they do not fit

    go(flask_migrate.downgrade, "base")
    with db.engine.connect() as connection:
        assert inspect(connection).get_table_names() == ["alembic_version"]
    go(flask_migrate.upgrade, "head")

    flask_migrate.check(MIGRATIONS)
