"""What `tests/gateway/test_key_in_url.py` says of the lane on WSGI, said of the one on RSGI and PostgreSQL."""

from tests.gateway.test_key_in_url import *  # noqa: F403
