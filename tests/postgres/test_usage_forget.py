"""What `tests/usage/test_forget.py` says of SQLite, said of PostgreSQL."""

from tests.usage.test_forget import *  # noqa: F403
