"""What `tests/keys/test_long_acts.py` says of SQLite, said of PostgreSQL."""

from tests.keys.test_long_acts import *  # noqa: F403
