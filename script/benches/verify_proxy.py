"""Through nginx, with the very files of `deploy/nginx`: it asks the lane, then passes the request on to an API."""

import shutil
from pathlib import Path

from script.benches.verify_servers import Running
from script.benches.verify_wrk import Failed, Served
from tests.deploy.proxy import DEPLOY, FOLDERS, Addresses, free_address

# An API that costs next to nothing, so that what is compared is the way there. It is served by the same nginx.
_API = "server {{ listen {api}; location / {{ return 200; }} }}"
_PASSING_ON = """
upstream behind {{ server {behind}; keepalive 16; }}
server {{
    listen {listens};
    location / {{ proxy_pass http://behind; proxy_http_version 1.1; proxy_set_header Connection ""; }}
}}
"""
_ALL = (
    "daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log; events {{}} "
    "http {{ access_log off; {temporary} {servers} }}"
)


class Nginx(Running):
    """An nginx with one worker in front of another server, which it is measured together with."""

    def __init__(self, folder: Path, servers: str, listens: str, behind: Served) -> None:
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        temporary = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
        configuration = folder / "nginx.conf"
        configuration.write_text(_ALL.format(folder=folder, temporary=temporary, servers=servers))
        program = shutil.which("nginx", path=FOLDERS)
        if program is None:
            raise Failed("nginx is missing: script/setup --system installs it")
        start = [program, "-e", str(folder / "error.log"), "-c", str(configuration)]
        super().__init__(start, int(listens.rpartition(":")[2]), folder, {})
        self.pids += behind.pids
        self.spools += behind.spools


def asking(run: Path, name: str, lane: Served) -> Nginx:
    """Start an nginx that asks at `/auth` of this server whether a request may pass."""
    folder = _folder(run, name)
    addresses = Addresses(free_address(), _address(lane), free_address())
    for file in (DEPLOY / "nginx").iterdir():
        (folder / file.name).write_text(addresses.put_into(file.read_text()))
    servers = f"include {folder}/portal.conf; {_API.format(api=addresses.api)}"
    return Nginx(folder, servers, addresses.listens, lane)


def passing_on(run: Path, name: str, behind: Served) -> Nginx:
    """Start an nginx that passes every request on to this server."""
    listens = free_address()
    servers = _PASSING_ON.format(listens=listens, behind=_address(behind))
    return Nginx(_folder(run, name), servers, listens, behind)


def _folder(run: Path, name: str) -> Path:
    folder = run / name
    folder.mkdir()
    return folder


def _address(server: Served) -> str:
    return server.url.removeprefix("http://")
