"""A real reverse proxy with the very files of `deploy/`, but for the addresses."""

import re
import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import NamedTuple

import pytest

from portal.config import ROOT

DEPLOY = ROOT / "deploy"
FOLDERS = "/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin"
LISTENS, PORTAL, API = "127.0.0.1:8080", "127.0.0.1:8001", "127.0.0.1:9000"


class Addresses(NamedTuple):
    """Where the proxy listens, and where it finds the portal's lane and the protected API."""

    listens: str
    portal: str
    api: str

    def put_into(self, text: str) -> str:
        assert set(re.findall(r"127\.0\.0\.1:\d+", text)) <= {LISTENS, PORTAL, API}
        return text.replace(LISTENS, self.listens).replace(PORTAL, self.portal).replace(API, self.api)


def free_address() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{free.getsockname()[1]}"


def start_nginx(addresses: Addresses, folder: Path) -> subprocess.Popen[bytes]:
    for file in (DEPLOY / "nginx").glob("portal*"):
        (folder / file.name).write_text(addresses.put_into(file.read_text()))
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    (folder / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log; events {{}}"
        f"http {{ access_log off; {temporary} include portal.conf; }}"
    )
    return subprocess.Popen([program("nginx"), "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")])


def start_caddy(addresses: Addresses, folder: Path) -> subprocess.Popen[bytes]:
    (folder / "Caddyfile").write_text(addresses.put_into((DEPLOY / "caddy" / "Caddyfile").read_text()))
    command = [program("caddy"), "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]
    home = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with (folder / "caddy.log").open("w") as log:
        return subprocess.Popen(command, env=home, stdout=log, stderr=log)


START = {"nginx": start_nginx, "caddy": start_caddy}


def wait_until_it_listens(address: str, process: subprocess.Popen[bytes]) -> None:
    host, _, port = address.partition(":")
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection((host, int(port)), 1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    pytest.fail("the proxy does not serve")


def program(name: str) -> str:
    found = shutil.which(name, path=FOLDERS)
    if found is None:
        pytest.skip(f"{name} is missing: script/setup --system installs it")
    return found
