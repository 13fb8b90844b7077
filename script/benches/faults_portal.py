"""A portal that things are done to: all of its real processes, on a folder and ports that stay the same."""

import json
import os
import random
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from pathlib import Path

from script.benches.faults_http import Reply, ask
from script.benches.verify_servers import clean
from tests.cast import ADA, PASSWORD
from tests.server.house import House

LANE, PAGES, ALL = "lane", "pages", "all"
_COMMANDS = {LANE: "portal.gateway.application", PAGES: "wsgi:application", "storer": "store_usage"}
_PORTS = range(10_000, 30_000, 2)  # with the one after each; none that the kernel gives to whoever connects


def free_ports(count: int = 1) -> list[int]:
    """Return ports that nobody uses and nobody is given by chance, each with a free one after it."""
    return [port for port in random.sample(_PORTS, 100) if _is_free(port) and _is_free(port + 1)][:count]


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


class Portal:
    """A portal that was started in `place`, with ada as its admin."""

    def __init__(self, place: Path, **settings: str) -> None:
        place.mkdir(parents=True, exist_ok=True)
        self.folder = Path(settings.get("PORTAL_DATA_DIR", place / "data"))
        self._place = place
        plain = {"PORTAL_PROXY_KIND": "caddy"}  # nginx is told 403 where this one is told 503
        self._settings = plain | {"PORTAL_ADMIN_EMAIL": ADA, "PORTAL_ADMIN_PASSWORD": PASSWORD} | settings
        (self._port,) = free_ports()
        self.start()

    def start(self) -> None:
        """Start it and wait until it is ready."""
        before = {name: os.environ.pop(name) for name in os.environ.keys() - clean().keys()}
        try:
            self.house = House(self.folder, self._place, self._port, **self._settings)
        finally:
            os.environ.update(before)
        try:
            self.house.wait_until_ready()
        except BaseException:
            self.house.close()
            raise

    @property
    def url(self) -> str:
        """Where its pages are."""
        return self.house.url

    @property
    def lane_url(self) -> str:
        """Where its lane is."""
        return self.house.lane_url

    @property
    def output(self) -> str:
        """What it has printed since it was started last."""
        return self.house.output

    def kill(self, what: str) -> None:
        """Kill some of its processes at one moment, so that none can mourn another."""
        victims = self.house.processes() if what == ALL else self.house.children(_COMMANDS[what])
        assert victims, what
        for victim in victims:
            with suppress(ProcessLookupError):  # it ended with the one before
                os.kill(victim, signal.SIGKILL)

    def bring_back(self, what: str) -> None:
        """Start again what nobody else starts: the supervisor does that for the others."""
        if what == ALL:
            self.house.process.wait(10)
            self.house.wait_for(lambda: not self.house.processes())
            self.start()

    @cached_property
    def desk(self) -> str:
        """The token of a key that looks after ada's keys."""
        return self.house.flask("keys", "issue", ADA, "--name", "desk", "--kind", "management")

    def key(self, name: str, rate: str | None = None) -> str:
        """Return the token of a new key of ada's, which may be used so often."""
        made = json.loads(self._say("POST", "", {"name": name}).body)
        if rate is not None:
            self._say("PATCH", f"/{made['public_id']}", {"rules": {"rate": rate}})
        return str(made["token"])

    def revoke(self, token: str) -> None:
        """Revoke a key."""
        self._say("POST", f"/{token.rpartition('_')[0]}/revoke", {})

    def _say(self, method: str, path: str, body: object) -> Reply:
        reply = ask(f"{self.url}/api/v1/keys{path}", self.desk, method, body)
        assert reply.status in {200, 201}, reply.body
        return reply

    def close(self) -> None:
        """Stop it."""
        self.house.close()


def seconds_until(is_so: Callable[[], object], patience: float = 30.0) -> float:
    """Return how long it took until `is_so()`."""
    begun = time.monotonic()
    while not is_so():
        if time.monotonic() - begun > patience:
            raise TimeoutError(f"not within {patience:g} s")
        time.sleep(0.02)
    return time.monotonic() - begun
