"""The portal under gunicorn, by the very commands of docs/scaling.md: pages, verification, and no record lost."""

import os
import re
import shlex
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
import requests

from portal.config import ROOT
from tests import cast
from tests.deploy.pair import PASSWORD, Person, ask_lane, quiet_port
from tests.support.patience import wait_for

pytestmark = pytest.mark.server

SERVED = re.findall(r"^\.venv/bin/gunicorn .*$", (ROOT / "docs" / "scaling.md").read_text(), re.MULTILINE)


class Served:
    """The portal, once it answers under gunicorn."""

    def __init__(self, folder: Path, opened: ExitStack) -> None:
        self.port = quiet_port()
        self.folder = folder
        self.environment = os.environ | {
            "PORT": str(self.port), "PORTAL_DATA_DIR": str(folder), "PORTAL_ADMIN_EMAIL": cast.ADA,
        }  # fmt: skip
        self.url, self.lane_url = (f"http://127.0.0.1:{port}" for port in (self.port, self.port + 1))
        self.flask("users", "create", cast.ADA, "--admin", "--password-stdin", stdin=PASSWORD)
        for command in SERVED:
            there = command.replace(":8000 ", f":{self.port} ").replace(":8001 ", f":{self.port + 1} ")
            process = subprocess.Popen(shlex.split(there), cwd=ROOT, env=self.environment)
            opened.callback(process.wait, 30)
            opened.callback(process.terminate)
        wait_for(lambda: is_ready(self.url) and is_ready(self.lane_url))

    def flask(self, *arguments: str, stdin: str = "") -> str:
        done = subprocess.run(
            [ROOT / ".venv" / "bin" / "flask", *arguments], env=self.environment, cwd=ROOT, input=stdin,
            capture_output=True, check=True, text=True,
        )  # fmt: skip
        return done.stdout.strip()


def is_ready(url: str) -> bool:
    with suppress(requests.ConnectionError):
        return requests.get(f"{url}/readyz", timeout=10).status_code == 200
    return False


@pytest.fixture
def stopping() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


def test_pages_and_lane_serve_and_record_what_they_let_in(tmp_path: Path, stopping: ExitStack) -> None:
    assert len(SERVED) == 2
    served = Served(tmp_path / "data", stopping)
    token = served.flask("keys", "issue", cast.ADA, "--name", "ci")
    person = Person().sign_in(served.url)
    assert "ci" in person.get(served.url, "/profile/api-credentials").text
    for _ in range(20):
        assert ask_lane(served, token) == 200
        assert requests.get(f"{served.url}/sample/whoami", headers={"X-API-Key": token}, timeout=20).status_code == 200
    assert ask_lane(served, f"{token[:-1]}{'0' if token[-1] != '0' else '1'}") == 401
    stopping.close()
    with sqlite3.connect(served.folder / "portal.db") as connection:
        [(calls,)] = connection.execute("SELECT sum(calls) FROM usage_hour WHERE key_id > 0")
    connection.close()
    assert calls == 40
