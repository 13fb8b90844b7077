"""A recorder that flushes only when it is told to, and requests to record."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from portal.data_folder import DataFolder
from portal.usage.fold import Fold
from portal.usage.recorder import UsageRecorder

MINUTE = 30_000_000
NOW = MINUTE * 60_000


@pytest.fixture
def recorder(folder: DataFolder, engine: object) -> Iterator[UsageRecorder]:
    recorder = UsageRecorder(folder.database, every_seconds=3600)
    yield recorder
    recorder.close()


@pytest.fixture
def key_id(alice: Any, issue: Callable[..., tuple[Any, str]]) -> int:
    return int(issue(alice)[0].id)


def use(key_id: int | None, **facts: Any) -> Fold:
    return Fold(MINUTE, key_id, 7, "192.0.2.7", "GET", "/whoami", None)._replace(**facts)


def stranger(address: str = "192.0.2.9", **facts: Any) -> Fold:
    return Fold(MINUTE, None, None, address, None, None, "unknown")._replace(**facts)
