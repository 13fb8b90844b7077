"""What `tests/accounts/test_invitations.py` says of SQLite, said of PostgreSQL."""

from tests.accounts.test_invitations import *  # noqa: F403
