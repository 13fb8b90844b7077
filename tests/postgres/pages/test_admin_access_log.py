"""What `tests/admin/test_access_log.py` says of SQLite, said of PostgreSQL and Redis."""

from tests.admin.test_access_log import *  # noqa: F403
