"""What `tests/sign_in/test_sign_in.py` says of SQLite, said of PostgreSQL and Redis."""

from tests.sign_in.test_sign_in import *  # noqa: F403
