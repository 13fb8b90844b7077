"""The real lane, served by granian, and real apps behind the client's middleware, each on a port of its own."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, Request, WebSocket
from flask import Flask, request
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from portal.accounts.models import Person
from portal.config import ROOT
from portal.data_folder import DataFolder
from portal.extensions import WRITES
from portal_client import Needs, asgi, wsgi
from tests.server.house import free_port

SERVICE_TOKEN = "a service token of the tests"
NEEDS = {
    "/any": Needs(any_key=True), "/hello": Needs(resource="algo://demo/Hello"), "/read": Needs(access="read"),
    "/write": Needs(access="write"),
}  # fmt: skip
PATIENCE_SECONDS = 90
_NUMBERS = count()


class ServedLane:
    """The verification lane in a process group of its own, which can be frozen and started anew on its port."""

    def __init__(self, folder: DataFolder) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._settings = {"PORTAL_DATA_DIR": str(folder.path), "PORTAL_SERVICE_TOKEN": SERVICE_TOKEN}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it serves."""
        command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(self.port), "--http", "1"]
        command += ["--blocking-threads", "4", "--log-level", "error", "portal.gateway.application:application"]
        self._process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **self._settings}, start_new_session=True
        )
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{self.url}/healthz", timeout=1).status_code == 200:
                    return
            time.sleep(0.05)
        pytest.fail("the lane does not serve")

    def signal(self, number: int) -> None:
        """Send a signal to the server and its workers."""
        assert self._process
        os.killpg(self._process.pid, number)

    def stop(self) -> None:
        """Stop it, however it stands."""
        if self._process and self._process.poll() is None:
            self.signal(signal.SIGCONT)
            self._process.terminate()
            self._process.wait(PATIENCE_SECONDS)

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Let it hold its connections and answer nothing."""
        self.signal(signal.SIGSTOP)
        while not self._is_frozen():
            time.sleep(0.01)
        try:
            yield
        finally:
            self.signal(signal.SIGCONT)

    def _is_frozen(self) -> bool:
        """Return whether every process of the group has stopped."""
        assert self._process
        stands = [path.read_text().rpartition(") ")[2].split() for path in Path("/proc").glob("[0-9]*/stat")]
        return {state for state, _parent, group, *_ in stands if int(group) == self._process.pid} <= {"T", "Z"}


@pytest.fixture(scope="module")
def folder(migrated_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    """One data folder for all tests of a file, since its lane takes a while to start."""
    return DataFolder(Path(shutil.copytree(migrated_folder, tmp_path_factory.mktemp("client") / "instance")))


@pytest.fixture(scope="module")
def lane(folder: DataFolder) -> Iterator[ServedLane]:
    lane = ServedLane(folder)
    lane.start()
    yield lane
    lane.stop()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session whose transactions begin as writers: the lane writes to the same database meanwhile."""
    with Session(engine.execution_options(**{WRITES: True}), expire_on_commit=False) as session:
        yield session
        session.rollback()


@pytest.fixture
def alice(make_person: Callable[..., Person]) -> Person:
    """Somebody new in each test: the database is the same."""
    return make_person(f"alice{next(_NUMBERS)}@example.org")


def flask_app(url: str, **options: Any) -> Flask:
    app = Flask("guarded")

    @app.route("/", defaults={"path": ""}, methods=["GET", "POST"])
    @app.route("/<path:path>", methods=["GET", "POST"])
    def seen(path: str) -> tuple[dict[str, Any], int, dict[str, str]]:
        key = request.environ.get("portal.key")
        identity = [name for name, _value in request.headers if name.lower().startswith("x-auth")]
        return {"path": path, "key": key and key._asdict(), "identity": identity}, 200, {"X-App": "flask"}

    app.wsgi_app = wsgi.PortalMiddleware(  # type: ignore[method-assign]
        app.wsgi_app, url=url, service_token=SERVICE_TOKEN, exempt=("/healthz",),
        needs=lambda environ: NEEDS.get(environ["PATH_INFO"], Needs()), **options,
    )  # fmt: skip
    return app


def fastapi_app(url: str, **options: Any) -> FastAPI:
    @contextlib.asynccontextmanager
    async def live(app: FastAPI) -> Any:
        app.state.lives = True
        yield {"lives": True}

    app = FastAPI(lifespan=live)

    @app.websocket("/echo")
    async def echo(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_json(socket.state.portal_key._asdict())
        await socket.close()

    @app.api_route("/{path:path}", methods=["GET", "POST"])
    async def seen(path: str, request: Request) -> dict[str, Any]:
        key = getattr(request.state, "portal_key", None)
        identity = [name for name in request.headers if name.replace("_", "-").startswith("x-auth")]
        return {"path": path, "key": key and key._asdict(), "identity": identity, "lives": request.state.lives}

    app.add_middleware(
        asgi.PortalMiddleware, url=url, service_token=SERVICE_TOKEN, exempt=("/healthz",),
        needs=lambda scope: NEEDS.get(scope["path"], Needs()), **options,
    )  # fmt: skip
    return app


@contextlib.contextmanager
def served_flask(url: str, **options: Any) -> Iterator[str]:
    """Serve a Flask app whose portal is at `url`, with a thread for each request; give its address."""
    app = flask_app(url, **options)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        app.wsgi_app.close()  # type: ignore[attr-defined]


def served_fastapi(url: str, **options: Any) -> contextlib.AbstractContextManager[str]:
    """Serve a FastAPI app whose portal is at `url`; give its address."""
    return under_uvicorn(fastapi_app(url, **options))


@contextlib.contextmanager
def under_uvicorn(app: FastAPI) -> Iterator[str]:
    """Serve an app under uvicorn, in a thread; give its address."""
    port = free_port()
    config = uvicorn.Config(
        app,
        port=port,
        log_level="warning",
        ws="websockets-sansio",
        proxy_headers=False,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


SERVED = {"flask": served_flask, "fastapi": served_fastapi}


@pytest.fixture(params=SERVED)
def serve(request: pytest.FixtureRequest) -> Iterator[Callable[..., str]]:
    """Serve an app in front of which the middleware stands: `serve(url_of_the_portal, timeout=…)`."""
    with contextlib.ExitStack() as stack:
        yield lambda url, **options: stack.enter_context(SERVED[request.param](url, **options))


@pytest.fixture
def api(serve: Callable[..., str], lane: ServedLane) -> str:
    """The address of an app whose portal is the lane."""
    return serve(lane.url)
