"""What `tests/accounts/test_membership.py` says of SQLite, said of PostgreSQL."""

from tests.accounts.test_membership import *  # noqa: F403
