"""What `tests/accounts/test_sessions.py` says of SQLite, said of PostgreSQL."""

from tests.accounts.test_sessions import *  # noqa: F403
