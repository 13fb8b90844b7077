"""Redis hangs, dies and forgets under a portal that is asked all the time."""

import pytest

from script.benches import faults_redis
from tests.faults.conftest import must_hold
from tests.support import redis

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(redis.PROGRAM is None, reason="no redis-server: script/setup --system"),
]


def test_without_redis_verification_goes_on_and_no_limit_opens(tmp_path):
    must_hold(faults_redis.measure(tmp_path, times=1))
