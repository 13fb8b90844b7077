"""What `tests/devdata/test_filling.py` says of SQLite, said of PostgreSQL."""

from tests.devdata.conftest import fill, wish  # noqa: F401  # fixtures
from tests.devdata.test_filling import *  # noqa: F403
