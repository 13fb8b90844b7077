"""What `tests/usage/test_access_log.py` says of SQLite, said of PostgreSQL."""

from tests.usage.test_access_log import *  # noqa: F403
