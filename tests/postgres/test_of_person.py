"""What `tests/keys/test_of_person.py` says of SQLite, said of PostgreSQL."""

from tests.keys.test_of_person import *  # noqa: F403
