"""What `tests/cli/test_users.py` says of SQLite, said of PostgreSQL."""

from tests.cli.test_users import *  # noqa: F403
