"""PostgreSQL is stopped, restarted and frozen under a portal that is asked all the time."""

import pytest

from script.benches import faults_postgres
from tests.faults.conftest import must_hold

pytestmark = pytest.mark.server


def test_without_postgresql_nobody_is_let_in_and_all_heals(tmp_path, postgres_server):
    must_hold(faults_postgres.measure(tmp_path, postgres_server, times=1))
