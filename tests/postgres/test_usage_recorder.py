"""What `tests/usage/test_recorder.py` says of SQLite, said of PostgreSQL."""

from tests.usage.test_recorder import *  # noqa: F403
