"""What `tests/audit/test_trail.py` says of SQLite, said of PostgreSQL."""

from tests.audit.test_trail import *  # noqa: F403
