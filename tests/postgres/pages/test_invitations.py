"""What `tests/sign_in/test_invitations.py` says of SQLite, said of PostgreSQL and Redis."""

from tests.sign_in.test_invitations import *  # noqa: F403
