"""The fixtures of the tests of pages; the portal behind them is on PostgreSQL and Redis."""

from tests.profile.conftest import key, reread, visitor  # noqa: F401
