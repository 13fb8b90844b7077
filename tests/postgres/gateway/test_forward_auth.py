"""What `tests/gateway/test_forward_auth.py` says of the lane on WSGI, said of the one on RSGI and PostgreSQL."""

from tests.gateway.test_forward_auth import *  # noqa: F403
