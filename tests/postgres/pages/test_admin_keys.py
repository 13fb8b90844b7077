"""What `tests/admin/test_keys.py` says of SQLite, said of PostgreSQL and Redis."""

from tests.admin.test_keys import *  # noqa: F403
