"""What `tests/keys/test_ended_by.py` says of SQLite, said of PostgreSQL."""

from tests.keys.test_ended_by import *  # noqa: F403
