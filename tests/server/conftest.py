from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.server.house import House


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., House]]:
    """Start a house: `start()` on the test's own data folder; whatever still runs at the end is stopped."""
    houses: list[House] = []

    def begin(folder: Path | None = None, **settings: object) -> House:
        houses.append(House(folder or tmp_path / "data", tmp_path, **settings))  # type: ignore[arg-type]
        return houses[-1]

    yield begin
    for house in houses:
        house.close()
