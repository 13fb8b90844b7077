"""A recorder that flushes only when it is told to, and requests to record."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Engine

from portal.data_folder import DataFolder
from portal.usage.fold import Fold
from portal.usage.recorder import UsageRecorder
from portal.usage.sink import Sink
from portal.usage.sink_sqlite import SqliteSink

MINUTE = 30_000_000
NOW = MINUTE * 60_000
COLUMNS = "minute, key_id, owner_id, address, method, resource, reason, calls"


@pytest.fixture
def open_sink(folder: DataFolder, engine: object) -> Callable[[], Sink]:
    """Open the way into the test's database, as each process does for itself."""
    return lambda: SqliteSink(folder.database)


@pytest.fixture
def make_recorder(open_sink: Callable[[], Sink]) -> Iterator[Callable[..., UsageRecorder]]:
    """Make a recorder, which flushes only when it is told to."""
    recorders: list[UsageRecorder] = []

    def make(**options: Any) -> UsageRecorder:
        recorders.append(UsageRecorder(open_sink(), **{"every_seconds": 3600, **options}))
        return recorders[-1]

    yield make
    for recorder in recorders:
        recorder.close()


@pytest.fixture
def recorder(make_recorder: Callable[..., UsageRecorder]) -> UsageRecorder:
    return make_recorder()


@pytest.fixture
def stored(engine: Engine) -> Callable[..., list[Any]]:
    """Ask the database: `stored("SELECT …")`, or for all access records."""

    def ask(query: str = f"SELECT {COLUMNS} FROM access ORDER BY key_id, resource") -> list[Any]:
        with engine.connect() as connection:
            return list(connection.exec_driver_sql(query).fetchall())

    return ask


@pytest.fixture
def alter(engine: Engine) -> Callable[[str], None]:
    """Change the tables behind everybody's back."""

    def do(statement: str) -> None:
        with engine.begin() as connection:
            connection.exec_driver_sql(statement)

    return do


@pytest.fixture
def nobody_can_write(engine: Engine, key_id: int) -> Iterator[None]:
    """Somebody holds the access records for as long as the test lasts."""
    with engine.connect() as connection:
        lock = "LOCK TABLE access" if engine.dialect.name == "postgresql" else "UPDATE access SET calls = 0"
        connection.exec_driver_sql(lock)
        yield
        connection.rollback()


@pytest.fixture
def key_id(alice: Any, issue: Callable[..., tuple[Any, str]]) -> int:
    return int(issue(alice)[0].id)


def use(key_id: int | None, **facts: Any) -> Fold:
    return Fold(MINUTE, key_id, 7, "192.0.2.7", "GET", "/whoami", None)._replace(**facts)


def stranger(address: str = "192.0.2.9", **facts: Any) -> Fold:
    return Fold(MINUTE, None, None, address, None, None, "unknown")._replace(**facts)
