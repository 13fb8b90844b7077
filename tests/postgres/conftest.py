"""The fixtures of the heart's tests, over a PostgreSQL of the tests' own; skipped by name where there is none."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import flask_migrate
import psycopg
import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine

from portal.config import ROOT
from portal.data_folder import ENGINE_OPTION, DataFolder
from portal.extensions import bind_database, db
from portal.keys.peppers import Peppers
from portal.verification.store_postgres import PostgresStore
from portal.verification.verifier import Verifier
from tests.keys.conftest import ask, recorder, rotate  # noqa: F401  # fixtures
from tests.support import postgres
from tests.support.limiter import make_limiter
from tests.verification.conftest import Memory, memory  # noqa: F401  # a fixture

_numbers = count()


def sqlalchemy_address(socket: Path, database: str) -> str:
    return f"postgresql+psycopg://portal@/{database}?host={socket}"


@pytest.fixture(scope="session")
def socket() -> Iterator[Path]:
    """The folder of the socket of a server with a migrated database, `migrated`, to make others of."""
    if postgres.IS_MISSING:
        pytest.skip("PostgreSQL is missing; script/setup --system installs it.")
    with postgres.server() as folder:
        with psycopg.connect(f"host={folder} user=portal dbname=postgres", autocommit=True) as connection:
            connection.execute("CREATE DATABASE migrated")
        migrate(sqlalchemy_address(folder, "migrated"), DataFolder(folder))
        yield folder


def migrate(address: str, folder: DataFolder) -> None:
    app = Flask("bare")
    app.config["SQLALCHEMY_DATABASE_URI"] = address
    bind_database(app, folder)
    with app.app_context():
        flask_migrate.upgrade(str(ROOT / "migrations"))
        db.engine.dispose()


@pytest.fixture
def database(socket: Path) -> Iterator[str]:
    """The name of a migrated database of the test's own."""
    name = f"test_{next(_numbers)}"
    with psycopg.connect(f"host={socket} user=portal dbname=postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE migrated")
        yield name
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def engine(socket: Path, database: str, folder: DataFolder) -> Iterator[Engine]:
    engine = create_engine(sqlalchemy_address(socket, database), execution_options={ENGINE_OPTION: folder})
    yield engine
    engine.dispose()


@pytest.fixture
def store(socket: Path, database: str) -> Iterator[PostgresStore]:
    store = PostgresStore(f"host={socket} user=portal dbname={database}")
    yield store
    store.close()


@pytest.fixture
def verifier(store: PostgresStore, peppers: Peppers, folder: DataFolder, memory: Memory) -> Verifier:  # noqa: F811
    return Verifier(store, peppers, memory, make_limiter(folder.database))
