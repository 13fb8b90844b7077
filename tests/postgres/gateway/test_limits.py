"""What `tests/gateway/test_limits.py` says of the lane on WSGI, said of the one on RSGI and PostgreSQL."""

from tests.gateway.test_limits import *  # noqa: F403
