"""The lane and a guarded app over the test's own database, asked as a server asks them."""

import base64
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from wsgiref.headers import Headers

import pytest

from portal.config import Settings
from portal.data_folder import DataFolder
from portal.gateway.lane import Lane
from portal.keys.peppers import Peppers
from portal.usage.recorder import UsageRecorder
from portal.usage.sink_sqlite import SqliteSink
from portal.verification.store_sqlite import SqliteStore
from portal.verification.verifier import Verifier
from tests.support.limiter import make_limiter
from tests.support.rsgi import RsgiDoor
from tests.usage.conftest import alter, stored  # noqa: F401  # fixtures

SERVICE_TOKEN = "a service token of the tests"


@dataclass
class Reply:
    """What came back from a WSGI callable."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def __getitem__(self, name: str) -> str:
        return "\n".join(value for key, value in self.headers if key.lower() == name.lower())

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def ask(wsgi: Any, method: str, path: str, body: bytes = b"", **headers: str) -> Reply:
    """Call a WSGI callable, or the lane behind RSGI, as granian does."""
    environ = environ_of(method, path, body, **headers)
    if isinstance(wsgi, RsgiDoor):
        return Reply(*wsgi.ask(environ))
    begun: list[Any] = []
    answer = b"".join(wsgi(environ, lambda status, head: begun.extend([int(status[:3]), head])))
    return Reply(begun[0], Headers(begun[1]).items(), answer)  # it takes nothing but real strings


def environ_of(method: str, path: str, body: bytes = b"", **headers: str) -> dict[str, Any]:
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method, "PATH_INFO": path, "SCRIPT_NAME": "", "QUERY_STRING": "", "REMOTE_ADDR": "192.0.2.7",
        "SERVER_NAME": "test", "SERVER_PORT": "80", "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(body),
        "wsgi.input_terminated": True, "CONTENT_LENGTH": str(len(body)), "CONTENT_TYPE": "",
    }  # fmt: skip
    return environ | {name if name in environ else f"HTTP_{name.upper()}": value for name, value in headers.items()}


def basic(user_and_password: str) -> str:
    return "Basic " + base64.b64encode(user_and_password.encode()).decode()


@pytest.fixture
def recorder(folder: DataFolder, engine: object) -> Iterator[UsageRecorder]:
    recorder = UsageRecorder(SqliteSink(folder.database), every_seconds=3600)
    yield recorder
    recorder.close()


@pytest.fixture
def verifier(folder: DataFolder, peppers: Peppers, recorder: UsageRecorder) -> Verifier:
    return Verifier(SqliteStore(folder.database), peppers, recorder, make_limiter(folder.database))


@pytest.fixture
def open_door() -> Callable[..., Any]:
    """Open a lane: `open_door(verifier, settings, token)`. Its twin in tests/postgres/gateway opens the other door."""
    return Lane


@pytest.fixture
def make_lane(open_door: Callable[..., Any], verifier: Verifier, settings: Settings) -> Callable[..., Any]:
    """Make a lane with other settings: `make_lane(proxy_kind=…)`."""

    def make(service_token: str = SERVICE_TOKEN, **changes: Any) -> Any:
        return open_door(verifier, settings.model_copy(update=changes), service_token)

    return make


@pytest.fixture
def lane(make_lane: Callable[..., Any]) -> Any:
    return make_lane()


@pytest.fixture
def verify(lane: Lane) -> Callable[..., Reply]:
    """Ask POST /api/v1/verify as a protected API does."""

    def post(body: bytes | dict[str, Any], **headers: str) -> Reply:
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        return ask(lane, "POST", "/api/v1/verify", sent, **{"authorization": f"Bearer {SERVICE_TOKEN}", **headers})

    return post
