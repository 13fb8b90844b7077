"""What `tests/gateway/test_needs.py` says of the lane on WSGI, said of the one on RSGI and PostgreSQL."""

from tests.gateway.test_needs import *  # noqa: F403
