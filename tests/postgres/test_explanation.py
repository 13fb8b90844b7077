"""What `tests/verification/test_explanation.py` says of SQLite, said of PostgreSQL."""

from tests.verification.test_explanation import *  # noqa: F403
