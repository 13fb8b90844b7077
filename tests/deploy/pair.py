"""Two portals with one PostgreSQL and one Redis, behind the nginx of `deploy/`, and people and programs before them."""

import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple, Protocol

import psycopg
import requests
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts import membership
from portal.audit.events import SHELL
from portal.config import ROOT
from portal.data_folder import ENGINE_OPTION, DataFolder
from portal.keys import issuing
from portal.keys.peppers import Peppers
from portal.policy.limits import Quota, Rate
from portal.site.settings import DAY, SiteSettings
from script.benches.verify_processes import tree
from tests import cast
from tests.deploy.proxy import DEPLOY, free_address, program, wait_until_it_listens
from tests.deploy.upstream import serve_api
from tests.server.house import House
from tests.support.form import fields_of

LIST = "/profile/api-credentials"
PASSWORD = "tidal orchid ferry lamp"


class HasLane(Protocol):
    """Something that serves a lane."""

    lane_url: str


class Quick(House):
    """A portal without what `script/server` looks after before it."""

    command = (sys.executable, "-P", "-m", "portal.server")


class Made(NamedTuple):
    """A key: its row, what it is called by, and what it is used with."""

    id: int
    public_id: str
    token: str


@dataclass
class Pair:
    """The portals `a` and `b`, where nginx shows their pages (`front`) and where it protects an API (`api`)."""

    a: House
    b: House
    front: str
    api: str
    settings: dict[str, str]
    database: Path

    @property
    def houses(self) -> tuple[House, House]:
        return self.a, self.b

    def sql(self, query: str, *values: object) -> list[tuple[object, ...]]:
        with psycopg.connect(f"host={self.database} user=portal dbname=two") as connection:
            return connection.execute(query, values).fetchall()

    def issue(self, name: str, **limits: Rate | Quota) -> Made:
        """Make a key of the first admin, by default rules but for `limits`."""
        folder = DataFolder(self.a.folder)
        engine = create_engine(self.settings["PORTAL_DATABASE_URL"], execution_options={ENGINE_OPTION: folder})
        try:
            with Session(engine, expire_on_commit=False) as session:
                owner = membership.by_email(session, cast.ADA)
                wanted = issuing.Wanted(name, replace(SiteSettings().new_policy(), **limits), clock.now() + 90 * DAY)
                made = issuing.issue(
                    session, SHELL, owner, wanted,
                    prefix="ptl", peppers=Peppers(folder.read_peppers()), site=SiteSettings(),
                )  # fmt: skip
                assert isinstance(made, issuing.Issued), made
                session.commit()
                return Made(made.key.id, made.key.public_id, str(made.token))
        finally:
            engine.dispose()

    def restart(self, house: House) -> House:
        """Stop a portal as systemd does, and start it again; return the new one once it is ready."""
        assert house.stop() == 0, house.output
        new = Quick(house.folder, house.log.parent, port=house.port, **self.settings)
        if house is self.a:
            self.a = new
        else:
            self.b = new
        return new.wait_until_ready()


class Person:
    """Someone in a browser, who may go to one address and then to another with the same cookies."""

    def __init__(self) -> None:
        self._browser = requests.Session()

    def get(self, site: str, path: str) -> requests.Response:
        return self._browser.get(site + path, timeout=20, allow_redirects=False)

    def send(self, site: str, page: str, action: str, **fields: str) -> requests.Response:
        """Open the page of a form and send the form."""
        sent = fields_of(self.get(site, page).text, action) | fields
        return self._browser.post(site + action, sent, timeout=20, allow_redirects=False)

    def sign_in(self, site: str) -> "Person":
        assert self.send(site, "/sign-in", "/sign-in", email=cast.ADA, password=PASSWORD).status_code == 303
        return self


@dataclass
class Caller:
    """A program that verifies again and again through nginx, over connections that it keeps."""

    pair: Pair
    token: str
    answers: list[tuple[str, int]] = field(default_factory=list)

    @contextmanager
    def calling(self, threads: int = 4, pause: float = 0.02) -> Iterator[None]:
        done = threading.Event()
        with ThreadPoolExecutor(threads) as pool:
            calls = [pool.submit(self._call, done, number % 2 == 0, pause) for number in range(threads)]
            try:
                yield
            finally:
                done.set()
        for call in calls:
            call.result()

    def _call(self, done: threading.Event, by_proxy: bool, pause: float) -> None:
        with requests.Session() as session:
            while not done.is_set():
                self.answers.append(self._by_proxy(session) if by_proxy else self._by_api(session))
                time.sleep(pause)

    def _by_proxy(self, session: requests.Session) -> tuple[str, int]:
        answer = session.get(f"http://{self.pair.api}/things", headers={"X-API-Key": self.token}, timeout=20)
        return "auth", answer.status_code

    def _by_api(self, session: requests.Session) -> tuple[str, int]:
        return "verify", verify(self.pair.front, self.pair.a.service_token(), self.token, session)


def verify(site: str, service_token: str, token: str, session: requests.Session | None = None) -> int:
    """Ask about a key as a protected API does; return the status."""
    answer = (session or requests).post(
        f"{site}/api/v1/verify", json={"key": token}, headers={"Authorization": f"Bearer {service_token}"}, timeout=20
    )
    return answer.status_code


def introspect(site: str, service_token: str, token: str) -> int:
    """Ask about a key as OAuth libraries do; return the status."""
    asked = {"data": {"token": token}, "headers": {"Authorization": f"Bearer {service_token}"}}
    return requests.post(f"{site}/oauth/introspect", **asked, timeout=20).status_code


@contextmanager
def silenced(house: House) -> Iterator[None]:
    """Stop every process of a portal for a while: it takes connections and answers nothing, as a machine that hangs."""
    pids = tree(house.process.pid)
    try:
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def ask_lane(house: HasLane, token: str) -> int:
    """Ask the lane of one portal about a key, as nginx does; return the status that nginx makes of the answer."""
    answer = requests.get(f"{house.lane_url}/auth", headers={"X-API-Key": token}, timeout=20)
    return int(answer.headers.get("X-Error-Status", answer.status_code))


@contextmanager
def two_portals(folder: Path, database: Path, redis_url: str) -> Iterator[Pair]:
    """Start all of it, both portals at the same moment on an empty database."""
    url = f"postgresql+psycopg://portal@/two?host={database}"
    with psycopg.connect(f"host={database} user=portal dbname=postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE two ENCODING 'UTF8' TEMPLATE template0")
    front, api = free_address(), free_address()
    settings = {
        "PYTHONPATH": str(ROOT),
        "PORTAL_DATABASE_URL": url, "PORTAL_REDIS_URL": redis_url, "PORTAL_PUBLIC_URL": f"http://{front}",
        "PORTAL_TRUSTED_PROXIES": "127.0.0.1/32", "PORTAL_FORWARDED_NEEDS": "true",
        "PORTAL_ADMIN_EMAIL": cast.ADA, "PORTAL_ADMIN_PASSWORD": PASSWORD,
    }  # fmt: skip
    DataFolder(folder / "a").prepare()
    shutil.copytree(folder / "a" / "secrets", folder / "b" / "secrets")
    with ExitStack() as opened:
        houses = [Quick(folder / name, folder, quiet_port(), **settings) for name in "ab"]
        pair = Pair(*houses, f"http://{front}", api, settings, database)
        opened.callback(lambda: [house.close() for house in pair.houses])
        for house in houses:
            house.wait_until_ready()
        nginx = _start_nginx(pair, opened.enter_context(serve_api()).address, folder / "nginx")
        opened.callback(nginx.wait, timeout=20)
        opened.callback(nginx.terminate)
        wait_until_it_listens(front, nginx)
        wait_until_it_listens(api, nginx)
        yield pair


def quiet_port() -> int:
    """Return a free port, with a free one after it, that nobody is given by chance while it is not in use."""
    while True:
        port = random.randrange(10_240, 32_000, 2)
        with socket.socket() as first, socket.socket() as second, suppress(OSError):
            first.bind(("127.0.0.1", port))
            second.bind(("127.0.0.1", port + 1))
            return port


def _start_nginx(pair: Pair, upstream: str, folder: Path) -> subprocess.Popen[bytes]:
    """Start nginx with the files of `deploy/nginx`, put together as scale.conf says, with two processes."""
    folder.mkdir()
    for file in (DEPLOY / "nginx").iterdir():
        (folder / file.name).write_text(file.read_text())
    scale = (folder / "scale.conf").read_text()
    for name, house in zip(("portal-a", "portal-b"), pair.houses, strict=True):
        scale = scale.replace(f"{name}:8000", f"127.0.0.1:{house.port}")
        scale = scale.replace(f"{name}:8001", f"127.0.0.1:{house.port + 1}")
    (folder / "scale.conf").write_text(scale.replace("listen 80;", f"listen {pair.front.removeprefix('http://')};"))
    protected = re.sub(r"upstream portal_lane \{.*?\}\n", "", (folder / "portal.conf").read_text(), flags=re.DOTALL)
    protected = protected.replace("127.0.0.1:8080", pair.api).replace("127.0.0.1:9000", upstream)
    (folder / "portal.conf").write_text(protected)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    (folder / "nginx.conf").write_text(
        f"daemon off; worker_processes 2; pid {folder}/pid; error_log {folder}/error.log; events {{}}"
        f"http {{ access_log off; {temporary} include scale.conf; include portal.conf; }}"
    )
    return subprocess.Popen([program("nginx"), "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")])
