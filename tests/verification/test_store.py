import re
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Engine

from portal.data_folder import DataFolder
from portal.errors import Unavailable
from portal.keys.models import Key
from portal.site import models as _site  # noqa: F401  # named in the look-up
from portal.verification.store_sqlite import LOOK_UP, SqliteStore
from portal.verification.verdict import KeyRow


def test_every_column_of_the_look_up_exists_in_the_models() -> None:
    named = re.findall(r"\b(\w+)\.(\w+)\b", LOOK_UP)
    tables = Key.metadata.tables
    assert [f"{table}.{column}" for table, column in named if column not in tables[table].columns] == []


def test_the_look_up_reads_as_many_columns_as_the_row_has() -> None:
    selected = re.sub(r"\(SELECT .*\)", "site", LOOK_UP).partition("FROM")[0]
    assert selected.count(",") + 3 == len(KeyRow._fields)  # the last two are worked out


def test_the_look_up_scans_no_table_but_the_few_settings_of_the_site(engine: Engine, folder: DataFolder) -> None:
    plan = sqlite3.connect(folder.database).execute("EXPLAIN QUERY PLAN " + LOOK_UP, (b"",)).fetchall()
    assert [step[3] for step in plan if not step[3].startswith("SEARCH")] == ["SCALAR SUBQUERY 1", "SCAN site"]


def test_an_unknown_digest_is_nothing(engine: Engine, folder: DataFolder) -> None:
    assert SqliteStore(folder.database).look_up(b"\0" * 32) is None


def test_a_database_that_is_not_there_is_a_fault_and_not_an_answer(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        SqliteStore(tmp_path / "portal.db").look_up(b"\0" * 32)


def test_a_database_that_breaks_is_a_fault_each_time(folder: DataFolder) -> None:
    store = SqliteStore(folder.database)
    folder.database.write_bytes(b"not a database" * 1000)
    for _ in range(2):
        with pytest.raises(Unavailable):
            store.look_up(b"\0" * 32)


def test_it_cannot_write(engine: Engine, folder: DataFolder) -> None:
    store = SqliteStore(folder.database)
    store.look_up(b"")
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        store._local.connection.execute("DELETE FROM key")


def test_a_look_up_leaves_no_read_open(engine: Engine, folder: DataFolder) -> None:
    store = SqliteStore(folder.database)
    store.look_up(b"")
    writer = sqlite3.connect(folder.database)
    writer.execute("INSERT INTO site (name, value, version) VALUES ('a', '1', 1)")
    writer.commit()
    busy, _, _ = writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    assert busy == 0
