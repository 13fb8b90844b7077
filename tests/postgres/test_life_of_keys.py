"""What `tests/verification/test_life_of_keys.py` says of SQLite, said of PostgreSQL."""

from tests.verification.test_life_of_keys import *  # noqa: F403
