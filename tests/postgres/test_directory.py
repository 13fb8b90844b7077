"""What `tests/accounts/test_directory.py` says of SQLite, said of PostgreSQL."""

from tests.accounts.test_directory import *  # noqa: F403
