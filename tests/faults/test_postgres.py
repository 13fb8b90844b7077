"""PostgreSQL is stopped, restarted and frozen under a portal that is asked all the time."""

import pytest

from script.benches import faults_postgres
from script.benches.faults_table import broken

pytestmark = pytest.mark.server


def test_without_postgresql_nobody_is_let_in_and_all_heals(tmp_path, postgres_server):
    assert not broken(faults_postgres.measure(tmp_path, postgres_server, times=1))
