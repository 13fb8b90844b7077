"""What `tests/sign_in/test_sign_up.py` says of SQLite, said of PostgreSQL and Redis."""

from tests.sign_in.test_sign_up import *  # noqa: F403
