"""What `tests/profile/test_delete_account.py` says of SQLite, said of PostgreSQL and Redis."""

from tests.profile.test_delete_account import *  # noqa: F403
