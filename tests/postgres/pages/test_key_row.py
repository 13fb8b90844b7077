"""What `tests/profile/test_key_row.py` says of SQLite, said of PostgreSQL and Redis."""

from tests.profile.test_key_row import *  # noqa: F403
