"""What `tests/keys/test_pause.py` says of SQLite, said of PostgreSQL."""

from tests.keys.test_pause import *  # noqa: F403
