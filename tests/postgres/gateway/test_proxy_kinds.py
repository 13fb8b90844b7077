"""What `tests/gateway/test_proxy_kinds.py` says of the lane on WSGI, said of the one on RSGI and PostgreSQL."""

from tests.gateway.test_proxy_kinds import *  # noqa: F403
