"""What `tests/usage/test_flush.py` says of SQLite, said of PostgreSQL."""

from tests.usage.test_flush import *  # noqa: F403
