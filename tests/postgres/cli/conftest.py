"""The fixtures of the tests of commands; the portal behind them is on PostgreSQL."""

from tests.cli.conftest import complaint, shell  # noqa: F401
