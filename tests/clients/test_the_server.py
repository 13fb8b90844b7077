"""The published clients against the server as a person starts it, with the keys and the prefix that it has."""

import json
import subprocess
from urllib.parse import urlsplit

import pytest

from tests.clients.conftest import Desk
from tests.clients.test_docs import REFUSED, REVOKED, SHOWN, blocks
from tests.server.conftest import start  # noqa: F401  # a fixture

pytestmark = pytest.mark.server

ALICE = {"PORTAL_ADMIN_EMAIL": "alice@example.org", "PORTAL_ADMIN_PASSWORD": "tidal orchid ferry lamp"}


def issue(house, name, *rules):
    made = json.loads(house.flask("keys", "issue", ALICE["PORTAL_ADMIN_EMAIL"], "--name", name, "--json", *rules))
    return made["public_id"], made["token"]


def test_their_programs_work_until_the_key_is_revoked(start, clients_python, tmp_path):  # noqa: F811
    house = start(**ALICE).wait_until_ready()
    desk = Desk(clients_python, tmp_path, f"{house.url}/sample")
    public_id, token = issue(house, "all", "--data", "write")
    _, narrow = issue(house, "narrow", "--resource", "algo://nobody/*")

    programs = {family: blocks(family, "python")[0] for family in SHOWN}
    for family, program in programs.items():
        done = desk.python(program, token)
        assert [text for text in SHOWN[family] if text not in done.stdout] == [], done.stderr
    for family in REFUSED:
        assert REFUSED[family] in desk.python(programs[family], narrow).stderr

    house.flask("keys", "revoke", public_id)
    for family, program in programs.items():
        assert REVOKED[family] in desk.python(program, token).stderr


def test_two_slashes_are_one_and_chunks_are_read_and_nobody_is_sent_elsewhere(start, tmp_path):  # noqa: F811
    house = start(**ALICE).wait_until_ready()
    _, token = issue(house, "all", "--data", "write")
    carried = ["-H", f"X-API-Key: {token}"]

    def curl(path, *options):
        command = ["curl", "-sS", "--write-out", r"\n%{http_code} %{redirect_url}", *carried, *options]
        done = subprocess.run([*command, house.url + path], capture_output=True, text=True, check=True, timeout=30)
        return done.stdout.rsplit("\n", 1)

    for path in ("/sample//version", "/sample//home/login-whoami.api", "/sample/v1//environments?"):
        body, told = curl(path)
        assert (told, json.loads(body) != {}) == ("200 ", True)
    chunked = ("-H", "Transfer-Encoding: chunked", "-H", "Content-Type: text/plain", "-d", "portal")
    body, told = curl("/sample/v1/algo/demo/Hello", *chunked)
    assert (told, json.loads(body)["result"]) == ("200 ", "Hello portal")
    assert curl("/sample/version/")[1] == "404 "


def test_the_listed_addresses_are_the_ones_that_were_called(start):  # noqa: F811
    house = start(**ALICE).wait_until_ready()
    _, token = issue(house, "all")
    for host in ("127.0.0.1", "localhost"):
        base = f"http://{host}:{urlsplit(house.url).port}/sample"
        done = subprocess.run(
            ["curl", "-sS", "-H", f"X-API-Key: {token}", f"{base}/item_lists"],
            capture_output=True,
            check=True,
            timeout=30,
        )
        assert json.loads(done.stdout)["own"][0]["item_list_url"] == f"{base}/item_lists/1"
