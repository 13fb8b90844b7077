"""curl and requests: with the downloaded config files, and with the header of each family."""

import json
import shutil

import pytest

needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
WHO = "/home/login-whoami.api"
INSTANCES = "/v1/services/compute/sandbox/instances?"


@pytest.fixture
def curl(desk):
    """Call with curl and return the status and the JSON."""

    def curl(path, *options):
        done = desk.run("curl", "-sS", "--write-out", r"\n%{http_code}", *options, desk.endpoint + path)
        assert done.returncode == 0, done.stderr
        body, _, status = done.stdout.rpartition("\n")
        return int(status), json.loads(body)

    return curl


@needs_curl
def test_curl_takes_the_downloaded_netrc(desk, curl, key, alice, revoke):
    desk.download("netrc", key(), ".netrc")
    status, said = curl(WHO, "--netrc")
    assert (status, said["email"]) == (200, alice.email)
    revoke()
    told = {"exception": "This key was revoked for good. Generate another one.", "success": False}
    assert curl(WHO, "--netrc") == (401, told)


@needs_curl
def test_curl_takes_the_downloaded_curlrc(desk, curl, key, alice):
    file = desk.download("curl", key(), "portal.curlrc")
    status, said = curl("/v1/data/", "--config", str(file))
    assert (status, said["folders"][0]) == (200, {"name": alice.email})


@needs_curl
@pytest.mark.parametrize("path", ["/v1/environments?", "/v1//environments?", INSTANCES, "/api/v2/environments"])
def test_curl_calls_as_clients_of_cloudmc_do(curl, key, narrow, revoke, path):
    header = ("-H", "Content-Type: application/json", "-H")
    token = key()
    status, said = curl(path, *header, f"MC-Api-Key: {token}")
    assert (status, said["data"][0]["name"]) == (200, "notebook" if path == INSTANCES else "sandbox")
    if path == INSTANCES:
        status, said = curl(path, *header, f"MC-Api-Key: {narrow}")
        assert (status, said["errors"][0]["errorCode"]) == (403, "RESOURCE_NOT_ALLOWED")
    revoke()
    told = {"errorCode": "REVOKED", "message": "This key was revoked for good. Generate another one.", "context": {}}
    assert curl(path, *header, f"MC-Api-Key: {token}") == (401, {"errors": [told]})


@needs_curl
@pytest.mark.parametrize(
    "header", ["X-API-Key: {}", "Authorization: Simple {}", "Authorization: Bearer {}", "Authorization: {}"]
)
def test_curl_runs_an_algorithm_with_each_form_of_the_key(curl, key, header):
    sent = ("-H", header.format(key()), "-H", "Content-Type: text/plain", "--data", "portal")
    status, said = curl("/v1/algo/demo/Hello", *sent)
    assert (status, said["result"]) == (200, "Hello portal")


@needs_curl
def test_curl_is_nowhere_sent_to_another_address(desk, key):
    for path in ("//version", "//v1/environments", "//home//login-whoami.api", "/version/", "/v1/environments/"):
        done = desk.run("curl", "-si", "-H", f"X-API-Key: {key()}", desk.endpoint + path)
        head = done.stdout.lower()
        assert head.splitlines()[0].split()[1] in {"200", "404"}
        assert "location:" not in head
        assert "set-cookie:" not in head


def test_requests_takes_the_downloaded_netrc(desk, key, alice, narrow, revoke):
    setup = f"import requests; get = lambda path: requests.get({desk.endpoint!r} + path, timeout=10)"
    who, rows = f"get({WHO!r}).json()['email']", f"get({INSTANCES!r}).status_code"
    desk.download("netrc", key(), ".netrc")
    assert desk.ask(setup, who, rows) == [{"gives": alice.email}, {"gives": 200}]
    desk.download("netrc", narrow, ".netrc")
    assert desk.ask(setup, who, rows) == [{"gives": alice.email}, {"gives": 403}]
    revoke()
    assert desk.ask(setup, f"get({WHO!r}).status_code") == [{"gives": 401}]


def test_a_netrc_of_the_same_host_does_not_disturb_a_key_in_a_header_of_its_own(desk, key):
    desk.download("netrc", key(), ".netrc")
    setup = f"import requests; url = {desk.endpoint + '/v1/environments'!r}"
    asked = f"requests.get(url, headers={{'MC-Api-Key': {key()!r}}}, timeout=10).json()['data'][0]['name']"
    assert desk.ask(setup, asked) == [{"gives": "sandbox"}]
