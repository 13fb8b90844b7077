"""What `tests/keys/test_hand_over.py` says of SQLite, said of PostgreSQL."""

from tests.keys.test_hand_over import *  # noqa: F403
