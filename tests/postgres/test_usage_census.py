"""What `tests/usage/test_census.py` says of SQLite, said of PostgreSQL."""

from tests.usage.test_census import *  # noqa: F403
