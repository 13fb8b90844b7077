"""What `tests/usage/test_spool.py` says of SQLite, said of PostgreSQL."""

from tests.usage.test_spool import *  # noqa: F403
