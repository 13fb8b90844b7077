"""What `tests/cli/test_keys.py` says of SQLite, said of PostgreSQL."""

from tests.cli.test_keys import *  # noqa: F403
