"""What `tests/site/test_change.py` says of SQLite, said of PostgreSQL."""

from tests.site.test_change import *  # noqa: F403
