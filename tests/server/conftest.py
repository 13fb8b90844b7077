from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.server.house import House


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., House]]:
    """Start a house: `start()` on the test's own data folder; whatever still runs at the end is stopped."""
    with starting(tmp_path) as start:
        yield start


@pytest.fixture(scope="module")
def start_for_all(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., House]]:
    """Start a house that all tests of a file ask, for those that leave nothing behind which another would mind."""
    with starting(tmp_path_factory.mktemp("house")) as start:
        yield start


@contextmanager
def starting(place: Path, **always: Any) -> Iterator[Callable[..., House]]:
    """Give a function that starts houses, with these settings `always`; whatever still runs at the end is stopped."""
    with ExitStack() as houses:

        def begin(folder: Path | None = None, **settings: Any) -> House:
            return houses.enter_context(closing(House(folder or place / "data", place, **(always | settings))))

        yield begin
