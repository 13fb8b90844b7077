"""What `tests/admin/test_settings.py` says of SQLite, said of PostgreSQL and Redis."""

from tests.admin.test_settings import *  # noqa: F403
