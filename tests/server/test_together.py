"""Several servers, and several starts, on one data folder."""

import sqlite3
import subprocess
import sys

import pytest

from portal.config import ROOT
from tests.server.house import fetch, free_port

pytestmark = pytest.mark.server

PREPARE = "from portal.config import load_settings; from portal.server.prepare import prepare; prepare(load_settings())"


def test_two_servers_on_one_folder_agree_at_once(start):
    one, other = start(), start()
    one.wait_until_ready(), other.wait_until_ready()
    doors = [f"{house.url}/sample/whoami" for house in (one, other)]
    doors += [f"{url}/auth" for house in (one, other) for url in (house.url, house.lane_url)]
    issued = one.flask("keys", "issue", "admin@example.org", "--name", "ci")
    public_id = issued.rpartition("_")[0]

    before = [fetch(door, issued)[0] for door in doors]
    other.flask("keys", "revoke", public_id)
    after = [fetch(door, issued)[0] for door in doors]

    assert before == [200] * 6
    assert after == [401] * 6


def test_many_first_starts_at_once_make_one_schema_and_one_admin(tmp_path):
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "PORTAL_DATA_DIR": str(tmp_path / "data")}
    starts = [
        subprocess.Popen(
            [sys.executable, "-c", PREPARE], env=environment | {"PORT": str(free_port())},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        for _ in range(6)
    ]  # fmt: skip
    said = [start.communicate(timeout=60)[0] for start in starts]

    assert [start.returncode for start in starts] == [0] * 6, said
    assert sum("The first admin is" in text for text in said) == 1
    with sqlite3.connect(tmp_path / "data" / "portal.db") as database:
        assert database.execute("SELECT count(*), sum(is_admin) FROM person").fetchall() == [(1, 1)]
        assert database.execute("SELECT count(*) FROM audit WHERE event = 'person:created'").fetchall() == [(1,)]
        assert database.execute("SELECT count(*) FROM pepper").fetchall() == [(1,)]
