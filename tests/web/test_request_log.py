import json
import re

import pytest

from portal import create_app, logs
from portal.config import LogFormat, LogLevel, Settings


@pytest.fixture
def client(app):
    logs.set_up(LogFormat.JSON, LogLevel.INFO)
    return app.test_client()


@pytest.fixture
def portal_behind_proxy(folder):
    return create_app(Settings(PORTAL_DATA_DIR=folder.path, PORTAL_TRUSTED_PROXIES="127.0.0.1/32")).test_client()


def lines(capsys):
    return [json.loads(line) for line in capsys.readouterr().err.splitlines() if line.startswith("{")]


def test_a_request_is_one_line_with_its_id(client, capsys):
    answer = client.get("/sign-in")
    [line] = lines(capsys)
    assert line["request_id"] == answer.headers["X-Request-Id"]
    assert (line["method"], line["path"], line["status"]) == ("GET", "/sign-in", 200)


def test_an_invitation_is_struck_out(client, capsys):
    client.get("/invitations/s3cr3t-link")
    [line] = lines(capsys)
    assert line["path"] == "/invitations/[secret]"


def test_a_fault_is_written_with_its_request_and_without_secrets(app, alice, issue, capsys):
    from portal.web.permissions import ANYONE, may_call

    _key, token = issue(alice)

    @app.get("/fails")
    @may_call(ANYONE)
    def fails():
        raise RuntimeError(f"with {token}")

    app.testing = False
    answer = app.test_client().get(f"/fails?key={token}")
    written = capsys.readouterr().err
    assert answer.headers["X-Request-Id"] in written
    assert "RuntimeError" in written
    assert token not in written


def test_queries_are_not_written(client, capsys):
    client.get("/sign-in?next=/private")
    assert "private" not in capsys.readouterr().err


def test_a_hostile_path_is_spelled_out(app, capsys):
    app.test_client().get("/%C2%9B31m%0Aanother")
    written = capsys.readouterr().err
    assert "\x9b" not in written
    assert len(written.splitlines()) == 1


def test_a_fault_is_set_in_so_that_none_of_its_lines_looks_like_another_line(app, capsys):
    from portal.web.permissions import ANYONE, may_call

    @app.get("/fails")
    @may_call(ANYONE)
    def fails():
        raise RuntimeError("one\n2026-11-21T00:00:00Z info portal.request: forged")

    app.testing = False
    app.test_client().get("/fails")
    fault, *rest = capsys.readouterr().err.splitlines()
    *trace, request = rest
    assert "error" in fault
    assert all(line.startswith("  | ") for line in trace)
    assert "portal.request: request method=GET path=/fails status=500" in request


def test_the_id_of_a_trusted_proxy_is_taken_and_told(portal_behind_proxy, capsys):
    answer = portal_behind_proxy.get("/sign-in", headers={"X-Request-Id": "abc-123.DEF_9"})
    assert answer.headers["X-Request-Id"] == "abc-123.DEF_9"
    assert "request_id=abc-123.DEF_9" in capsys.readouterr().err


@pytest.mark.parametrize("sent", ["short", "x" * 65, "with space 123", "line\nbreak123", "<script>123456", ""])
def test_an_id_that_is_not_well_formed_is_not_taken(portal_behind_proxy, sent):
    environ = {"HTTP_X_REQUEST_ID": sent}
    told = portal_behind_proxy.get("/sign-in", environ_overrides=environ).headers["X-Request-Id"]
    assert re.fullmatch("[0-9a-f]{10}", told)


def test_the_id_of_a_stranger_is_not_taken(client):
    answer = client.get("/sign-in", headers={"X-Request-Id": "abc-123.DEF_9"})
    assert answer.headers["X-Request-Id"] != "abc-123.DEF_9"


def test_a_line_outside_a_request_has_no_id(client, capsys):
    client.get("/sign-in")
    logs.logging.getLogger("portal.somewhere").warning("a chore failed")
    assert "request_id" not in lines(capsys)[-1]
