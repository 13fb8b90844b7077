"""The fixtures of the heart's tests, over a PostgreSQL of the tests' own; skipped by name where there is none."""

from collections.abc import Callable, Iterator
from pathlib import Path

import flask_migrate
import psycopg
import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.pool import Pool as SqlPool

from portal.config import ROOT, Settings
from portal.data_folder import ENGINE_OPTION, DataFolder
from portal.extensions import bind_database, database_config, db
from portal.keys.peppers import Peppers
from portal.postgres_pool import Pool
from portal.usage.sink import Sink
from portal.usage.sink_postgres import PostgresSink
from portal.verification.store_postgres import PostgresStore
from portal.verification.verifier import Verifier
from tests.keys.conftest import ask, rotate  # noqa: F401  # fixtures
from tests.support import postgres, redis
from tests.support.lent_databases import Databases
from tests.support.limiter import make_limiter
from tests.usage.conftest import (  # noqa: F401  # fixtures
    alter,
    key_id,
    make_recorder,
    nobody_can_write,
    recorder,
    stored,
)
from tests.verification.conftest import Memory, memory  # noqa: F401  # a fixture


def libpq_address(socket: Path, database: str) -> str:
    return f"host={socket} user=portal dbname={database}"


def sqlalchemy_address(socket: Path, database: str) -> str:
    return f"postgresql+psycopg://portal@/{database}?host={socket}"


@pytest.fixture(autouse=True)
def nothing_left_open() -> Iterator[None]:
    """Close what the pools of a test's apps have opened: psycopg complains of what is left to be collected."""
    opened: list[psycopg.Connection] = []

    def note(connection: object, _record: object) -> None:
        if isinstance(connection, psycopg.Connection):
            opened.append(connection)

    event.listen(SqlPool, "connect", note)
    yield
    event.remove(SqlPool, "connect", note)
    for connection in opened:
        connection.close()


@pytest.fixture(scope="session")
def socket() -> Iterator[Path]:
    """The folder of the socket of a server with a migrated database, `migrated`, to make others of."""
    if postgres.IS_MISSING:
        pytest.skip("PostgreSQL is missing; script/setup --system installs it.")
    with postgres.server() as folder:
        with psycopg.connect(f"host={folder} user=portal dbname=postgres", autocommit=True) as connection:
            connection.execute("CREATE DATABASE migrated")
        migrate(libpq_address(folder, "migrated"), DataFolder(folder))
        yield folder


def migrate(address: str, folder: DataFolder) -> None:
    app = Flask("bare")
    app.config.update(database_config(folder, address))
    bind_database(app, folder)
    with app.app_context():
        flask_migrate.upgrade(str(ROOT / "migrations"))
        db.engine.dispose()


@pytest.fixture(scope="session")
def databases(socket: Path) -> Databases:
    return Databases(socket)


@pytest.fixture
def database(databases: Databases) -> Iterator[str]:
    """The name of a migrated database of the test's own."""
    with databases.lent() as name:
        yield name


@pytest.fixture
def engine(socket: Path, database: str, folder: DataFolder) -> Iterator[Engine]:
    engine = create_engine(sqlalchemy_address(socket, database), execution_options={ENGINE_OPTION: folder})
    yield engine
    engine.dispose()


@pytest.fixture
def address(socket: Path, database: str) -> str:
    """How libpq finds the test's database."""
    return libpq_address(socket, database)


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[redis.Server]:
    if redis.PROGRAM is None:
        pytest.skip("Redis is missing; script/setup --system installs it.")
    server = redis.Server(tmp_path_factory.mktemp("redis"))
    yield server
    server.stop()


@pytest.fixture
def redis_url(redis_server: redis.Server) -> Iterator[str]:
    """Where rates are counted; nothing is counted yet."""
    yield redis_server.url
    with Redis.from_url(redis_server.url) as client:
        client.flushall()


@pytest.fixture
def settings(folder: DataFolder, database_url: str, redis_url: str) -> Settings:
    """The settings of a portal that has grown: they are all it takes."""
    return Settings(PORTAL_DATA_DIR=folder.path, PORTAL_DATABASE_URL=database_url, PORTAL_REDIS_URL=redis_url)  # type: ignore[call-arg]


@pytest.fixture
def database_url(socket: Path, database: str) -> str:
    return sqlalchemy_address(socket, database)


@pytest.fixture
def open_sink(address: str) -> Callable[[], Sink]:
    return lambda: PostgresSink(address)


@pytest.fixture
def store(address: str) -> Iterator[PostgresStore]:
    pool = Pool(address)
    yield PostgresStore(pool)
    pool.close()


@pytest.fixture
def verifier(store: PostgresStore, peppers: Peppers, folder: DataFolder, memory: Memory) -> Verifier:  # noqa: F811
    return Verifier(store, peppers, memory, make_limiter(folder.database))
