"""What `tests/server/test_start_and_stop.py` says of SQLite, said of PostgreSQL and Redis."""

from tests.server.test_start_and_stop import (  # noqa: F401
    house,
    pytestmark,
    test_sigterm_stops_it_cleanly,
    test_the_first_start_makes_everything_and_says_where_it_is,
)
