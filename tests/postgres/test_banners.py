"""What `tests/accounts/test_banners.py` says of SQLite, said of PostgreSQL."""

from tests.accounts.test_banners import *  # noqa: F403
