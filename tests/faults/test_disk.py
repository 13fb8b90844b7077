"""A portal whose disk is full says so, loses nothing, verifies on, and heals: `script/bench faults` also fills one."""

import pytest

from script.benches import faults_disk
from tests.faults.conftest import must_hold

pytestmark = pytest.mark.server


def test_where_no_file_may_grow_nothing_is_lost_and_verification_goes_on(tmp_path):
    must_hold(faults_disk.grown(tmp_path))
