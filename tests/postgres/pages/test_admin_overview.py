"""What `tests/admin/test_overview.py` says of SQLite, said of PostgreSQL and Redis."""

from tests.admin.test_overview import *  # noqa: F403
