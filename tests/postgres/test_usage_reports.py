"""What `tests/usage/test_reports.py` says of SQLite, said of PostgreSQL."""

from tests.usage.test_reports import *  # noqa: F403
