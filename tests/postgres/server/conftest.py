"""A portal started as a person starts it, with PORTAL_DATABASE_URL and PORTAL_REDIS_URL more than on SQLite."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.postgres.conftest import sqlalchemy_address
from tests.server.house import House


@pytest.fixture
def start(tmp_path: Path, socket: Path, database: str, redis_url: str) -> Iterator[Callable[..., House]]:
    """Start a house on an empty database: `start()`; whatever still runs at the end is stopped."""
    empty = f"{database}_empty"
    grown = {"PORTAL_DATABASE_URL": sqlalchemy_address(socket, empty), "PORTAL_REDIS_URL": redis_url}
    houses: list[House] = []

    def begin(folder: Path | None = None, **settings: Any) -> House:
        houses.append(House(folder or tmp_path / "data", tmp_path, **grown, **settings))
        return houses[-1]

    with psycopg.connect(f"host={socket} user=portal dbname=postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {empty}")
        yield begin
        for house in houses:
            house.close()
            assert "is ready." not in house.output or "PostgreSQL" in house.output
        connection.execute(f"DROP DATABASE {empty} WITH (FORCE)")
