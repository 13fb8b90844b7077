"""Eight processes start at the same moment where nothing is yet."""

import pytest

from script.benches import faults_postgres_server, faults_starts
from tests.faults.conftest import must_hold

pytestmark = pytest.mark.server


def test_on_sqlite_they_make_one_schema_and_one_admin(tmp_path):
    must_hold(faults_starts.measure(tmp_path, "SQLite", {}))


def test_on_postgresql_they_make_one_schema_and_one_admin(tmp_path, postgres_server):
    must_hold(faults_starts.measure(tmp_path, "PostgreSQL", faults_postgres_server.settings(postgres_server)))
