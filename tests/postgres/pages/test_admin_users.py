"""What `tests/admin/test_users.py` says of SQLite, said of PostgreSQL and Redis."""

from tests.admin.test_users import *  # noqa: F403
