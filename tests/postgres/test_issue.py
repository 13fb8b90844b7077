"""What `tests/keys/test_issue.py` says of SQLite, said of PostgreSQL."""

from tests.keys.test_issue import *  # noqa: F403
