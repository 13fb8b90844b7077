"""What `tests/gateway/test_verify_endpoint.py` says of the lane on WSGI, said of the one on RSGI and PostgreSQL."""

from tests.gateway.test_verify_endpoint import *  # noqa: F403
