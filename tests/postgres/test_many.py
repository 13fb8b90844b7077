"""What `tests/keys/test_many.py` says of SQLite, said of PostgreSQL."""

from tests.keys.test_many import *  # noqa: F403
