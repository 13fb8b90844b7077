"""What `tests/journeys/test_main_job.py` says of SQLite, said of PostgreSQL and Redis."""

from tests.journeys.test_main_job import *  # noqa: F403
from tests.postgres.server.conftest import start_for_all  # noqa: F401  # in the place of the one on SQLite
