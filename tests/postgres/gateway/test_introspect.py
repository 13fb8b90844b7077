"""What `tests/gateway/test_introspect.py` says of the lane on WSGI, said of the one on RSGI and PostgreSQL."""

from tests.gateway.test_introspect import *  # noqa: F403
