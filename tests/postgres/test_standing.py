"""What `tests/accounts/test_standing.py` says of SQLite, said of PostgreSQL."""

from tests.accounts.test_standing import *  # noqa: F403
