"""What `tests/keys/test_listing.py` says of SQLite, said of PostgreSQL."""

from tests.keys.test_listing import *  # noqa: F403
