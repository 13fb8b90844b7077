"""What `tests/keys/test_default_key.py` says of SQLite, said of PostgreSQL."""

from tests.keys.test_default_key import *  # noqa: F403
