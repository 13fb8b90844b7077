from collections.abc import Iterator
from pathlib import Path

import pytest

from script.benches import faults_postgres_server
from script.benches.faults_table import Row, broken, lines
from tests.support import postgres


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Path]:
    """The folder of the socket of a PostgreSQL that may be stopped and frozen."""
    if postgres.IS_MISSING:
        pytest.skip("PostgreSQL is missing; script/setup --system installs it.")
    with faults_postgres_server.server() as folder:
        yield folder


def must_hold(rows: list[Row]) -> None:
    """Fail with the lines of the table that do not hold."""
    assert rows
    assert not broken(rows), "\n".join(lines(broken(rows)))
