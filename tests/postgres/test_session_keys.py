"""What `tests/keys/test_session_keys.py` says of SQLite, said of PostgreSQL."""

from tests.keys.test_session_keys import *  # noqa: F403
