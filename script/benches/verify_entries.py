"""What is served and asked in the rounds: each thing is started, proves itself, is warmed, and then waits its turn."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from script.benches import verify_peers, verify_proxy, verify_requests
from script.benches.verify_keys import default_rules
from script.benches.verify_peers import SCHEMES, PeerStore, on_granian, on_gunicorn, peer_store
from script.benches.verify_proof import expect, prove
from script.benches.verify_servers import Granian, Portal, Running
from script.benches.verify_stores import Cluster, Store, sqlite_store
from script.benches.verify_wrk import Sample, Served, load

TRUSTS = {"PORTAL_TRUSTED_PROXIES": "127.0.0.1/32", "PORTAL_FORWARDED_NEEDS": "true"}
FIRST_PASS_SECONDS, FIRST_PASS_PATIENCE = 2, 90.0


@dataclass
class Opened:
    """A server with keys, and how often it let somebody in so far."""

    server: Served
    requests: Path
    store: Store
    let_in: int = 0

    def load(self, seconds: float, order: str = "random") -> Sample:
        """Send it its requests for so long."""
        sample = load(self.server, "/auth", self.requests, seconds, order)
        self.let_in += sample.requests
        return sample


@dataclass
class Scene:
    """Where a run takes place: what is kept between runs, what goes with it, and the servers that it has started."""

    kept: Path
    run: Path
    keys: int
    seconds: float
    stack: ExitStack
    many: int = 1_000_000
    notes: dict[str, str] = field(default_factory=dict)
    opened: dict[str, Opened] = field(default_factory=dict)
    servers: ExitStack = field(default_factory=ExitStack)

    def store(self, kind: str, keys: int | None = None) -> Store:
        """Return a store of this run with keys of that kind of rules."""
        return sqlite_store(self.kept, self.run, kind, keys or self.keys)

    def requests(self, name: str, store: Store) -> Path:
        """Return a file of requests, one for each key."""
        return verify_requests.write(self.run / f"{name}.requests", store.tokens, store.rules)

    @cached_property
    def cluster(self) -> Cluster:
        """The PostgreSQL of this run, started when the first thing asks for it."""
        return Cluster(self.kept, self.stack)

    @cached_property
    def plain_requests(self) -> Path:
        """The requests of keys with default rules."""
        return self.requests("default", self.store("default"))

    def closing(self, server: Served) -> None:
        """Have the server closed when what is measured together has been."""
        self.servers.callback(server.close)  # type: ignore[attr-defined]

    def measure(self, server: Served, requests: Path, path: str = "/auth") -> Callable[[], Sample]:
        """Return what one turn of a server is."""
        return lambda: load(server, path, requests, self.seconds)


Opener = Callable[[Scene], Callable[[], Sample]]


def bare(scene: Scene) -> Callable[[], Sample]:
    """Open a bare Flask view."""
    return _without_keys(scene, "bare", is_factory=True)


def raw(scene: Scene) -> Callable[[], Sample]:
    """Open a WSGI callable that does nothing."""
    return _without_keys(scene, "raw", is_factory=False)


def _without_keys(scene: Scene, name: str, *, is_factory: bool) -> Callable[[], Sample]:
    server = Granian(f"script.benches.verify_apps:{name}", scene.run, is_factory=is_factory)
    scene.closing(server)
    expect(f"{server.url}/auth", {}, {200}, "anything")
    return scene.measure(server, scene.plain_requests)


def lane(scene: Scene) -> Callable[[], Sample]:
    """Open the lane, on keys with default rules."""
    store = scene.store("default")
    server = Portal(store.folder, scene.run, store.settings)
    return _portal(scene, "lane", server, store, scene.plain_requests)


def full(scene: Scene) -> Callable[[], Sample]:
    """Open the lane, on keys with many rules and behind a proxy that tells what they judge."""
    store = scene.store("full")
    server = Portal(store.folder, scene.run, store.settings | TRUSTS)
    return _portal(scene, "full", server, store, scene.requests("full", store))


def on_postgres(scene: Scene) -> Callable[[], Sample]:
    """Open the lane of a portal on PostgreSQL, on keys with default rules."""
    store = scene.cluster.store(scene.kept, scene.run, "default", scene.keys)
    server = Portal(store.folder, scene.run, store.settings, *store.beside)
    return _portal(scene, "postgres", server, store, scene.requests("postgres", store))


def decorator(scene: Scene) -> Callable[[], Sample]:
    """Open a Flask app with a view that the decorator guards, on a copy of the same keys."""
    store = sqlite_store(scene.kept, scene.run / "decorator", "default", scene.keys)
    told = {"PORTAL_DATA_DIR": str(store.folder)}
    portal = Portal(store.folder, scene.run, store.settings)  # it stores what the app records
    scene.closing(portal)
    server = Granian("script.benches.verify_apps:guarded", scene.run, is_factory=True, **told)
    server.pids += portal.pids
    server.spools += portal.spools
    return _portal(scene, "decorator", server, store, scene.plain_requests)


def nginx_lane(scene: Scene) -> Callable[[], Sample]:
    """Open an nginx that asks the lane, as `deploy/nginx` has it, in front of an API that costs nothing."""
    store = sqlite_store(scene.kept, scene.run / "behind-nginx", "default", scene.keys)
    lane_of_it = Portal(store.folder, scene.run, store.settings | TRUSTS)
    scene.closing(lane_of_it)
    server = verify_proxy.asking(scene.run, "nginx-lane", lane_of_it)
    return _portal(scene, "nginx-lane", server, store, scene.plain_requests)


def nginx_bare(scene: Scene) -> Callable[[], Sample]:
    """Open an nginx that passes requests on to a bare Flask view."""
    return _nginx_before_bare(scene, "nginx-bare", verify_proxy.passing_on)


def nginx_asking_bare(scene: Scene) -> Callable[[], Sample]:
    """Open an nginx that asks a bare Flask view in place of the lane, all else alike."""
    return _nginx_before_bare(scene, "nginx-asking-bare", verify_proxy.asking)


def _nginx_before_bare(scene: Scene, name: str, start: Callable[[Path, str, Served], Running]) -> Callable[[], Sample]:
    behind = Granian("script.benches.verify_apps:bare", scene.run, is_factory=True)
    scene.closing(behind)
    server = start(scene.run, name, behind)
    scene.closing(server)
    expect(f"{server.url}/auth", {}, {200}, "anything")
    return scene.measure(server, scene.plain_requests)


def _peer(peer: str, serve: Callable[[Path, Path, PeerStore], Running]) -> Opener:
    """Return what opens a peer on a server."""

    def open_peer(scene: Scene) -> Callable[[], Sample]:
        store = peer_store(scene.kept, scene.run, peer, scene.keys)
        server = serve(scene.kept, scene.run, store)
        scene.closing(server)
        verify_peers.prove(f"{server.url}/auth", store)
        rules = default_rules()
        requests = verify_requests.write(scene.run / f"{peer}.requests", store.tokens, rules, SCHEMES[peer])
        load(server, "/auth", requests, 1)
        return scene.measure(server, requests)

    return open_peer


def _portal(scene: Scene, name: str, server: Served, store: Store, requests: Path) -> Callable[[], Sample]:
    scene.closing(server)
    opened = scene.opened[name] = Opened(server, requests, store)
    prove(f"{server.url}/auth", store)
    scene.notes[name] = warm(opened, len(store.tokens))
    return lambda: opened.load(scene.seconds)


def warm(
    opened: Opened, keys: int, patience: float = FIRST_PASS_PATIENCE, at_a_time: float = FIRST_PASS_SECONDS
) -> str:
    """Ask with every key once; return how quickly that went, for the table: nothing was remembered yet."""
    asked, seconds, begun = 0, 0.0, time.monotonic()
    while asked < keys and time.monotonic() - begun < patience:
        sample = opened.load(at_a_time, order=str(asked))
        asked, seconds = asked + sample.requests, seconds + sample.seconds
    return f"each key's first request: {asked / seconds:,.0f}/s"


ENTRIES: dict[str, Opener] = {
    "bare": bare,
    "lane": lane,
    "raw": raw,
    "full": full,
    "postgres": on_postgres,
    "decorator": decorator,
    "nginx-bare": nginx_bare,
    "nginx-lane": nginx_lane,
    "nginx-asking-bare": nginx_asking_bare,
    "drf-gunicorn": _peer("drf", on_gunicorn),
    "drf-granian": _peer("drf", on_granian),
    "knox-gunicorn": _peer("knox", on_gunicorn),
    "knox-granian": _peer("knox", on_granian),
}
WORDS = {
    "bare": "bare Flask view",
    "raw": "raw WSGI callable",
    "lane": "lane, SQLite, default rules",
    "full": "lane, SQLite, full rules",
    "postgres": "lane, PostgreSQL, default rules",
    "decorator": "`@require_key`, SQLite, default rules",
    "nginx-bare": "nginx → bare Flask view",
    "nginx-lane": "nginx, `auth_request` → lane, → an API of nginx",
    "nginx-asking-bare": "nginx, `auth_request` → bare Flask view, → an API of nginx",
    "drf-gunicorn": "djangorestframework-api-key, gunicorn",
    "drf-granian": "djangorestframework-api-key, granian",
    "knox-gunicorn": "django-rest-knox, gunicorn",
    "knox-granian": "django-rest-knox, granian",
}
