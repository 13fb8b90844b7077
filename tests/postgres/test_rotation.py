"""What `tests/keys/test_rotation.py` says of SQLite, said of PostgreSQL."""

from tests.keys.test_rotation import *  # noqa: F403
