"""What `tests/audit/test_finder.py` says of SQLite, said of PostgreSQL."""

from tests.audit.test_finder import *  # noqa: F403
