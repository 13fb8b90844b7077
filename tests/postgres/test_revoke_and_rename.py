"""What `tests/keys/test_revoke_and_rename.py` says of SQLite, said of PostgreSQL."""

from tests.keys.test_revoke_and_rename import *  # noqa: F403
