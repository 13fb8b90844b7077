"""The sample API at the root of its host and under `/sample`, and the clients that people have."""

import json
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import make_server

from portal import clock
from portal.downloads.formats import FORMATS
from portal.downloads.render import render
from portal.keys.models import Key
from tests.clients.install import CannotInstall, install
from tests.examples.conftest import api, key, verifier  # noqa: F401  # fixtures

PATIENCE_SECONDS = 60


class Desk:
    """Somebody's computer: a home folder of its own, and the clients. `endpoint` has no trailing slash."""

    def __init__(self, python: Path, home: Path, endpoint: str) -> None:
        self._python = python
        self.home = home
        self.endpoint = endpoint

    def run(self, *command: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a program with nothing in its environment but the way to programs, the home folder and what is given."""
        clean = {"PATH": os.environ["PATH"], "HOME": str(self.home), "NO_PROXY": "*", "PYTHONWARNINGS": "ignore"}
        return subprocess.run(
            command, input=stdin, env=clean | environment, cwd=self.home, capture_output=True, text=True, check=False,
            timeout=PATIENCE_SECONDS,
        )  # fmt: skip

    def python(self, program: str, token: str) -> subprocess.CompletedProcess[str]:
        """Run a program as docs/clients.md has it: the endpoint and the key are in the environment."""
        return self.run(
            str(self._python), "-c", program, PORTAL_API_ENDPOINT=self.endpoint, PORTAL_API_KEY=token
        )  # fmt: skip

    def ask(self, setup: str, *expressions: str, **environment: str) -> list[dict[str, object]]:
        """Return what each expression gives or raises once `setup` has been run."""
        asking = str(Path(__file__).with_name("ask.py"))
        done = self.run(str(self._python), asking, stdin=json.dumps([setup, *expressions]), **environment)
        assert done.returncode == 0, done.stderr
        answers: list[dict[str, object]] = json.loads(done.stdout.splitlines()[-1])
        return answers

    def download(self, slug: str, token: str, path: str) -> Path:
        """Put a config file of the portal's into the home folder."""
        content = render(
            FORMATS[slug], endpoint=self.endpoint, public_id="ptl_x", name="a key", expires_at=None, token=token
        )
        file = self.home / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        file.chmod(0o600)
        return file


@pytest.fixture(scope="session")
def clients_python() -> Path:
    """The Python that has the published clients."""
    try:
        return install()
    except CannotInstall as error:
        pytest.skip(f"the published clients cannot be installed: {error}")


@pytest.fixture
def host(api: Flask) -> Iterator[str]:  # noqa: F811
    """The address of a host that has the sample API at its root and under `/sample`."""
    server = make_server("127.0.0.1", 0, DispatcherMiddleware(api, {"/sample": api}), threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(params=["", "/sample"], ids=["at the root", "under a prefix"])
def desk(request: pytest.FixtureRequest, clients_python: Path, host: str, tmp_path: Path) -> Desk:
    home = tmp_path / "home"
    home.mkdir()
    return Desk(clients_python, home, host + request.param)


@pytest.fixture
def revoke(session: Session) -> Callable[[], None]:
    """Revoke every key there is."""

    def revoke() -> None:
        session.execute(update(Key).values(revoked_at=clock.now()))
        session.commit()

    return revoke


@pytest.fixture
def narrow(key: Callable[..., str]) -> str:  # noqa: F811
    """A key that opens nothing: it is known, and may do what every living key may."""
    return key(resources=["algo://nobody/*"], data="none")
