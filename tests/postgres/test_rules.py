"""What `tests/keys/test_rules.py` says of SQLite, said of PostgreSQL."""

from tests.keys.test_rules import *  # noqa: F403
