"""Each process of the portal is killed while clients write: `script/bench faults` does the same many more times."""

import pytest

from script.benches import faults_kill, faults_postgres_server
from tests.faults.conftest import must_hold

pytestmark = pytest.mark.server

ROUNDS = len(faults_kill.KINDS)


def test_kill_9_loses_nothing_on_sqlite(tmp_path):
    must_hold(faults_kill.measure(tmp_path, "SQLite", {}, ROUNDS))


def test_kill_9_loses_nothing_on_postgresql(tmp_path, postgres_server):
    settings = faults_postgres_server.settings(postgres_server)

    must_hold(faults_kill.measure(tmp_path, "PostgreSQL", settings, ROUNDS))
