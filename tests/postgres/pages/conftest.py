"""The fixtures of the tests of pages; the portal behind them is on PostgreSQL and Redis."""

import pytest

from tests.profile.conftest import key, reread, visitor  # noqa: F401


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out what HTMX asks for: the database is asked the same, and the tests on SQLite show the rest."""
    ours = [item for item in items if "/postgres/pages/" in str(item.path)]
    without = {item for item in ours if "[htmx" in item.name}
    items[:] = [item for item in items if item not in without]
