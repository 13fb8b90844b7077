"""What `tests/profile/test_sessions.py` says of SQLite, said of PostgreSQL and Redis."""

from tests.profile.test_sessions import *  # noqa: F403
