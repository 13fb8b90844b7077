"""What `tests/handover/test_codes.py` says of SQLite, said of PostgreSQL."""

from tests.handover.conftest import *  # noqa: F403
from tests.handover.test_codes import *  # noqa: F403
