"""What `tests/handover/test_apps.py` says of SQLite, said of PostgreSQL."""

from tests.handover.conftest import *  # noqa: F403
from tests.handover.test_apps import *  # noqa: F403
