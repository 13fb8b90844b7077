"""The fixtures of the journeys; the portal that they meet is on PostgreSQL and Redis."""

import pytest

from tests.journeys.conftest import (  # noqa: F401
    alices_page,
    chromium,
    complaints,
    open_context,
    page,
    plain_page,
    sample,
    server,
    sign_in,
    site,
)  # fmt: skip
from tests.postgres.server.conftest import start, start_for_all  # noqa: F401


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out the browsers without scripts: what they do to the database is the same."""
    items[:] = [
        item for item in items if "/postgres/journeys/" not in str(item.path) or "[no scripting" not in item.name
    ]
