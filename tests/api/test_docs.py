"""docs/api.md, held against what the code does."""

import re
import shutil
import subprocess
import threading
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from portal.api import change_key, list_keys, make_key, stop_key
from portal.api.problem import KINDS
from portal.config import ROOT
from portal.keys.finder import by_public_id
from portal.keys.overlaps import OVERLAPS
from portal.policy.policy import Policy
from portal.web.permissions import KEY, declared

TEXT = (ROOT / "docs" / "api.md").read_text()


def section(heading):
    return TEXT.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def first_column(heading):
    cells = re.findall(r"^\| (`.+?) \|", section(heading), re.M)
    return [name for cell in cells for name in re.findall(r"`([^`]+)`", cell)]


def test_every_route_is_named(app):
    ours = [rule for rule in app.url_map.iter_rules() if declared(app, rule.endpoint) is KEY]
    routes = {f"{method} {rule.rule}" for rule in ours for method in rule.methods - {"HEAD", "OPTIONS"}}
    assert set(re.findall(r"^\| `([A-Z]+ /\S+)`", section("Routes"), re.M)) == routes


def test_every_field_is_named():
    fields = {*make_key.FIELDS, *change_key.FIELDS, "overlap", "reason"}
    assert set(first_column("Fields")) == fields | Policy().plain().keys()
    assert re.search(", ".join(f"`{name}`" for name in list(OVERLAPS)[:-1]), section("Fields"))
    assert f"without it `{stop_key.OVERLAP}`" in section("Fields")
    assert f"1 to {list_keys.MOST} ({list_keys.LIMIT})" in section("Routes")


def test_every_field_of_an_answer_is_named(call, manager):
    assert set(first_column("What a key is told as")) == set(call("GET", f"/{manager[0].public_id}").json)


def test_every_problem_of_the_door_stands_in_the_table():
    rows = re.findall(r"^\| `([a-z-]+)` \| (\d+) \| (.+) \|$", section("Problems"), re.M)
    assert rows[: len(KINDS)] == [(slug, str(kind.status), kind.title) for slug, kind in KINDS.items()]


@pytest.mark.parametrize(
    ("reason", "method", "path", "what"),
    [
        ("not-found", "GET", "/nobody", {}), ("method-not-allowed", "DELETE", "", {}),
        ("request-entity-too-large", "POST", "", {"data": "x" * 65_537, "content_type": "application/json"}),
        ("unsupported-media-type", "POST", "", {"data": "{}"}),
    ],
)  # fmt: skip
def test_the_other_problems_are_called_as_the_table_says(call, reason, method, path, what):
    answer = call(method, path, **what)
    assert answer.json["reason"] == reason
    assert f"| `{reason}` | {answer.status_code} |" in section("Problems")


def test_every_link_leads_somewhere():
    for target in re.findall(r"\]\(([^)#]+)", TEXT):
        assert (ROOT / "docs" / target).exists()


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def address(app):
    """The portal on a port of its own."""
    with make_server("127.0.0.1", 0, app, handler_class=Quiet) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.skipif(shutil.which("curl") is None, reason="the example calls curl")
def test_the_worked_example_works(address, manager, session):
    example = re.search(r"```sh\n(.*?)```", section("A worked example"), re.S)[1]
    known = {"PATH": "/usr/local/bin:/usr/bin:/bin", "PORTAL": address, "MANAGEMENT_KEY": manager[1]}
    shell = ["sh", "-eu", "-c", example]
    said = subprocess.run(shell, env=known, check=True, capture_output=True, text=True, timeout=60).stdout.split("\n")
    token, *promised = said[0], said[1], said[3]
    assert by_public_id(session, token.rpartition("_")[0]).revoked_reason == "job retired"
    assert re.findall(r"^# → (.+)$", example, re.M) == promised
