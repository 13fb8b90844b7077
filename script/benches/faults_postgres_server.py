"""A PostgreSQL of the bench's own, with an empty database for each portal."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg

from tests.support import postgres

_numbers = count()


@contextmanager
def server() -> Iterator[Path]:
    """Run one, and give the folder of its socket."""
    if postgres.IS_MISSING:
        raise SystemExit("PostgreSQL is missing: script/setup --system installs it.")
    with postgres.server() as folder:
        yield folder


def settings(folder: Path) -> dict[str, str]:
    """Make an empty database in the server of that folder, and return the settings of a portal on it."""
    name = f"faults_{next(_numbers)}"
    with psycopg.connect(f"host={folder} user=portal dbname=postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")  # type: ignore[call-overload]
    return {"PORTAL_DATABASE_URL": f"postgresql+psycopg://portal@/{name}?host={folder}"}
