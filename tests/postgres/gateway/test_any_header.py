"""What `tests/gateway/test_any_header.py` says of the lane on WSGI, said of the one on RSGI and PostgreSQL."""

from tests.gateway.test_any_header import *  # noqa: F403
