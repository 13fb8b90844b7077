"""What `tests/audit/test_chain.py` says of SQLite, said of PostgreSQL."""

from tests.audit.test_chain import *  # noqa: F403
