"""What `tests/profile/test_get_key.py` says of SQLite, said of PostgreSQL and Redis."""

from tests.profile.test_get_key import *  # noqa: F403
