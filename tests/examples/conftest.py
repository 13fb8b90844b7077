"""The sample API behind a real socket, called as programs call it."""

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from http.client import HTTPMessage
from itertools import count
from urllib.parse import urlsplit

import pytest
import requests
from flask import Flask
from werkzeug.serving import BaseWSGIServer, make_server

from examples.research_api import create_app
from portal.config import Settings
from portal.data_folder import DataFolder
from portal.keys.peppers import Peppers
from portal.policy.policy import Policy
from portal.usage.recorder import UsageRecorder
from portal.usage.sink_sqlite import SqliteSink
from portal.verification.store_sqlite import SqliteStore
from portal.verification.verifier import Verifier
from tests.support.limiter import make_limiter

Call = Callable[..., requests.Response]


@pytest.fixture
def verifier(folder: DataFolder, engine: object, peppers: Peppers) -> Iterator[Verifier]:
    recorder = UsageRecorder(SqliteSink(folder.database), every_seconds=3600)
    yield Verifier(SqliteStore(folder.database), peppers, recorder, make_limiter(folder.database))
    recorder.close()


@pytest.fixture
def api(verifier: Verifier, settings: Settings) -> Flask:
    return create_app(verifier, settings)


@pytest.fixture
def address(api: Flask) -> Iterator[str]:
    """Where the API listens."""
    server: BaseWSGIServer = make_server("127.0.0.1", 0, api, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def call(address: str) -> Call:
    """Send a request: `call("PUT", "/v1/data/a.txt", token, data=b"a")`."""

    def send(method: str, path: str, token: str | None = None, **more: object) -> requests.Response:
        headers = ({"Authorization": f"Bearer {token}"} if token else {}) | more.pop("headers", {})
        return requests.request(method, address + path, headers=headers, timeout=10, allow_redirects=False, **more)

    return send


@pytest.fixture
def key(alice: object, issue: Callable[..., tuple[object, str]]) -> Callable[..., str]:
    """Make a key of Alice's by its rules, all of which may be left out: `key(resources=["algo://demo/*"])`."""

    numbers = count(1)

    def make(owner: object = None, **rules: object) -> str:
        everything = {"resources": ["algo://*", "collection://*", "query://*", "environment://*"], "data": "write"}
        return issue(owner or alice, f"key {next(numbers)}", policy=Policy.read(everything | rules))[1]

    return make


@pytest.fixture
def raw(address: str) -> Callable[..., tuple[int, bytes, HTTPMessage]]:
    """Send the request as it is written, without a client that would tidy it."""

    def send(method: str, path: str, token: str, body: object = None, **headers: str) -> tuple[int, bytes, HTTPMessage]:
        with closing(http.client.HTTPConnection(urlsplit(address).netloc, timeout=10)) as connection:
            connection.request(method, path, body, {"X-API-Key": token} | headers, encode_chunked=True)
            answer = connection.getresponse()
            return answer.status, answer.read(), answer.headers

    return send
