"""A verifier over the test's own database, and a recorder that only remembers."""

import pytest

from portal.data_folder import DataFolder
from portal.keys.peppers import Peppers
from portal.usage.fold import Fold
from portal.verification.store_sqlite import SqliteStore
from portal.verification.verifier import Verifier
from tests.support.limiter import make_limiter


class Memory:
    """A recorder that keeps everything."""

    def __init__(self) -> None:
        self.folds: list[Fold] = []

    def record(self, now_ms: int, fold: Fold) -> None:
        self.folds.append(fold)


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture
def verifier(store: SqliteStore, folder: DataFolder, peppers: Peppers, memory: Memory) -> Verifier:
    return Verifier(store, peppers, memory, make_limiter(folder.database))
