"""The name by which a request calls the portal."""

import pytest
from werkzeug.test import create_environ, run_wsgi_app

from portal import create_app
from portal.config import Settings

NO_NAMES = [
    "a..b",
    "x" * 64 + ".example",
    "a b",
    "[::1",
    "[::::]",
    "",
    "é",
    "x:port",
    "a/b",
    "u@h",
    "a." * 200,
    ".",
    "a\\b",
]


@pytest.fixture
def public(folder):
    settings = Settings(PORTAL_DATA_DIR=folder.path, PORTAL_PUBLIC_URL="https://keys.example.org:8443")
    return create_app(settings).test_client()


@pytest.mark.parametrize("host", NO_NAMES)
def test_what_is_no_host_is_told_so_and_leaves_one_line(app, capsys, host):
    app.testing = False
    body, status, _headers = run_wsgi_app(app, create_environ("/sign-in") | {"HTTP_HOST": host})
    assert status == "400 BAD REQUEST"
    assert b"That request could not be read" in b"".join(body)
    written = capsys.readouterr().err
    assert "Traceback" not in written
    assert len(written.splitlines()) == 1


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1:8000", "[::1]:8000", "my_portal:80", "KEYS.example.org.", "any.example"]
)
def test_without_a_public_address_every_name_is_taken(client, host):
    assert client.get("/sign-in", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "keys.example.org", "keys.example.org:8443", "KEYS.Example.ORG", "keys.example.org.", "localhost",
        "127.0.0.1:8001", "[::1]:8000",
    ],
)  # fmt: skip
def test_the_public_name_is_taken_and_loopback(public, host):
    assert public.get("/sign-in", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "x.keys.example.org", "example.org", "keys.example.org.evil.example"])
def test_with_a_public_address_no_other_name_is_taken(public, host):
    assert public.get("/sign-in", headers={"Host": host}).status_code == 400


def test_a_public_name_may_hold_letters_of_any_language(folder):
    settings = Settings(PORTAL_DATA_DIR=folder.path, PORTAL_PUBLIC_URL="https://schlüssel.example")
    client = create_app(settings).test_client()
    assert client.get("/sign-in", headers={"Host": "xn--schlssel-95a.example"}).status_code == 200


def test_a_request_without_a_name_is_answered(client):
    assert client.get("/sign-in", environ_overrides={"HTTP_HOST": None}).status_code == 200


@pytest.mark.parametrize("path", ["/profile//password", "//sign-in", "/static//css/portal.css", "//evil.example/%2f.."])
def test_no_path_is_tidied_up_by_sending_people_elsewhere(client, path):
    answer = client.get("/", environ_overrides={"PATH_INFO": path, "HTTP_HOST": "evil.example"})
    assert answer.status_code in {200, 404}
