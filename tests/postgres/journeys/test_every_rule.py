"""What `tests/journeys/test_every_rule.py` says of SQLite, said of PostgreSQL and Redis."""

from tests.journeys.test_every_rule import *  # noqa: F403
