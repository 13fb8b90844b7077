"""A portal started as a person starts it, with PORTAL_DATABASE_URL and PORTAL_REDIS_URL more than on SQLite."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
import pytest

from tests.postgres.conftest import sqlalchemy_address
from tests.server.conftest import starting
from tests.server.house import House
from tests.support.redis import Server

_NUMBERS = count()


@pytest.fixture
def start(tmp_path: Path, socket: Path, redis_url: str) -> Iterator[Callable[..., House]]:
    """Start a house on an empty database: `start()`; whatever still runs at the end is stopped."""
    with starting_on(socket, redis_url, tmp_path) as start:
        yield start


@pytest.fixture(scope="module")
def start_for_all(
    tmp_path_factory: pytest.TempPathFactory, socket: Path, redis_server: Server
) -> Iterator[Callable[..., House]]:
    """Start a house that all tests of a file ask."""
    with starting_on(socket, redis_server.url, tmp_path_factory.mktemp("house")) as start:
        yield start


@contextmanager
def starting_on(socket: Path, redis_url: str, place: Path) -> Iterator[Callable[..., House]]:
    empty = f"empty_{next(_NUMBERS)}"
    grown = {"PORTAL_DATABASE_URL": sqlalchemy_address(socket, empty), "PORTAL_REDIS_URL": redis_url}
    with psycopg.connect(f"host={socket} user=portal dbname=postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {empty}")
        with starting(place, **grown) as start:
            yield start
        for log in place.glob("*.log"):
            assert "is ready." not in log.read_text() or "PostgreSQL" in log.read_text()
        connection.execute(f"DROP DATABASE {empty} WITH (FORCE)")
