import json

from portal.web.request_log import harmless, redact


def lines(capsys):
    return [json.loads(line) for line in capsys.readouterr().err.splitlines() if line.startswith("{")]


def test_a_request_is_one_line_with_its_id(client, capsys):
    answer = client.get("/sign-in")
    [line] = lines(capsys)
    assert line["request_id"] == answer.headers["X-Request-Id"]
    assert (line["method"], line["path"], line["status"]) == ("GET", "/sign-in", 200)


def test_a_token_in_a_line_is_struck_out_but_its_public_id_stays(alice, issue):
    key, token = issue(alice)
    line = redact(f"before {token} after")
    assert line == f"before {key.public_id}_[secret] after"


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


def test_nothing_in_a_line_steers_a_terminal():
    assert harmless("a\x9b31m\x1b[2J\x07\x7f\u202eb\r") == r"a\x9b31m\x1b[2J\x07\x7f\u202eb\r"
    assert harmless("é\tü\n日本") == "é\tü\n日本"


def test_a_terminal_gets_a_hostile_path_spelled_out(client, capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    client.get("/%C2%9B31m")
    assert "\x9b" not in capsys.readouterr().err
