"""docs/verify.md, held against what the code does."""

import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
import requests
from sqlalchemy import text

from portal.accounts.models import Person
from portal.config import ROOT, Settings
from portal.gateway.lane import Lane
from portal.gateway.question import BODY_LIMIT, FIELDS
from portal.policy.facts import TEXT_LIMIT
from portal.policy.reasons import Reason
from portal.verification.verifier import Verifier
from tests.gateway.conftest import SERVICE_TOKEN

TEXT = (ROOT / "docs" / "verify.md").read_text()


def section(heading: str) -> str:
    return TEXT.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def test_every_reason_stands_in_the_table_with_its_status_and_meaning() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| (\d+) \| (.+) \|$", section("Reasons"), re.M)
    assert rows == [(reason, str(reason.status), reason.detail) for reason in Reason]


def test_every_field_and_limit_of_the_verify_endpoint_is_named() -> None:
    described = section("From anywhere: the verify endpoint")
    named = [name for row in re.findall(r"^\| (`.+?) \|", described, re.M) for name in re.findall(r"`(\w+)`", row)]
    assert tuple(named) == FIELDS
    assert f"{BODY_LIMIT} bytes" in described
    assert f"{TEXT_LIMIT} characters" in described


def test_every_link_leads_somewhere() -> None:
    for target in re.findall(r"\]\(([^)]+)\)", TEXT):
        if target.startswith("#"):
            headings = [
                re.sub(r"[^\w -]", "", line[3:].lower()).replace(" ", "-") for line in re.findall("^## .*", TEXT, re.M)
            ]
            assert target[1:] in headings
        else:
            assert (ROOT / "docs" / target).exists()


class Quiet(WSGIRequestHandler):
    def log_message(self, *args: Any) -> None:
        pass


def echo(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """The protected API: it says what the proxy told it."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    names = ("HTTP_X_AUTH_USER", "HTTP_X_AUTH_KEY_ID", "HTTP_AUTHORIZATION", "HTTP_X_API_KEY")
    return ["|".join(environ.get(name, "") for name in names).encode()]


@pytest.fixture
def serve() -> Iterator[Callable[[Any], int]]:
    servers = []

    def start(wsgi: Any) -> int:
        server = make_server("127.0.0.1", 0, wsgi, handler_class=Quiet)
        threading.Thread(target=server.serve_forever, args=(0.05,)).start()
        servers.append(server)
        return int(server.server_port)

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def nginx(serve: Callable[[Any], int], verifier: Verifier, settings: Settings, tmp_path: Path) -> Iterator[str]:
    """The real nginx with the configuration that the page gives, but for the ports."""
    program = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    if program is None:
        pytest.skip("nginx is missing: script/setup --system installs it")
    trusting = settings.model_copy(update={"trusted_proxies": (ip_network("127.0.0.1/32"),)})
    locations = re.findall(r"```nginx\n(.*?)```", TEXT, re.S)[0]
    locations = locations.replace(":9000", f":{serve(echo)}").replace(
        ":8001", f":{serve(Lane(verifier, trusting, SERVICE_TOKEN))}"
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    temporary = "".join(
        f"{name}_temp_path {tmp_path}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (tmp_path / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {tmp_path}/pid; error_log {tmp_path}/error.log;"
        f"events {{}} http {{ access_log off; {temporary} server {{ listen 127.0.0.1:{port}; {locations} }} }}"
    )
    server = subprocess.Popen([program, "-e", str(tmp_path / "error.log"), "-c", str(tmp_path / "nginx.conf")])
    wait_for(port)
    yield f"http://127.0.0.1:{port}"
    server.terminate()
    server.wait(timeout=10)


def wait_for(port: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("nginx does not serve")


@pytest.mark.server
def test_the_nginx_configuration_protects_an_api(
    nginx: str, recorder: Any, session: Any, alice: Person, issue: Callable[..., Any]
) -> None:
    key, token = issue(alice)
    good = requests.get(
        f"{nginx}/api/things?x=1", auth=("apikey", token), headers={"X-Auth-User": "mallory"}, timeout=10
    )
    assert (good.status_code, good.text) == (200, f"{alice.email}|{key.public_id}||")
    bad = requests.get(f"{nginx}/api/things", headers={"X_Forwarded_For": "198.51.100.1"}, timeout=10)
    assert (bad.status_code, bad.headers["X-Auth-Reason"]) == (401, "missing")
    assert bad.headers["WWW-Authenticate"].startswith("Bearer")
    recorder.flush()
    stored = session.execute(text("SELECT address, method, resource, reason FROM access ORDER BY reason")).all()
    assert stored == [("127.0.0.1", "GET", "/api/things", None), ("127.0.0.1", None, None, "missing")]
