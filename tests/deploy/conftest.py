"""A house for each proxy: client → nginx or Caddy → a plain API, with the lane beside it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from http.client import HTTPConnection, HTTPMessage
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from portal import clock
from portal.accounts.models import Person
from portal.config import ProxyKind, Settings
from portal.gateway.lane import Lane
from portal.policy.limits import Rate
from portal.policy.policy import Policy
from portal.verification.verifier import Verifier
from tests.deploy.proxy import START, Addresses, free_address, wait_until_it_listens
from tests.deploy.upstream import Upstream, serve_api, serve_lane
from tests.gateway.conftest import SERVICE_TOKEN, recorder, verifier  # noqa: F401  # fixtures

NARROW = Policy.read({"resources": ["algo://demo/*"], "data": "read"})


@dataclass
class Reply:
    """What the client got."""

    status: int
    headers: HTTPMessage
    body: str


@dataclass
class House:
    """One proxy in front of one API."""

    kind: str
    address: str
    upstream: Upstream

    def ask(self, path: str, method: str = "GET", body: str | None = None, **headers: str) -> Reply:
        connection = HTTPConnection(self.address, timeout=10)
        try:
            connection.request(method, path, body, headers)
            reply = connection.getresponse()
            return Reply(reply.status, reply.headers, reply.read().decode())
        finally:
            connection.close()


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def build(
    opened: ExitStack, verifier: Verifier, settings: Settings, tmp_path: Path  # noqa: F811
) -> Callable[..., House]:  # fmt: skip
    """Start a proxy: `build("nginx")`; with a portal that is down: `build("nginx", portal="127.0.0.1:1")`."""

    def start(kind: str, portal: str | None = None) -> House:
        trusting = {"trusted_proxies": (ip_network("127.0.0.1/32"),), "forwarded_needs": True}
        lane = Lane(verifier, settings.model_copy(update={"proxy_kind": ProxyKind(kind), **trusting}), SERVICE_TOKEN)
        upstream = opened.enter_context(serve_api())
        addresses = Addresses(free_address(), portal or opened.enter_context(serve_lane(lane)), upstream.address)
        folder = tmp_path / kind
        folder.mkdir()
        process = START[kind](addresses, folder)
        opened.callback(process.wait, timeout=20)
        opened.callback(process.terminate)
        wait_until_it_listens(addresses.listens, process)
        return House(kind, addresses.listens, upstream)

    return start


@pytest.fixture(params=list(START))
def house(build: Callable[..., House], request: pytest.FixtureRequest) -> House:
    return build(request.param)


@pytest.fixture(params=list(START))
def houseless(build: Callable[..., House], request: pytest.FixtureRequest) -> House:
    """A proxy whose portal is down."""
    return build(request.param, portal=free_address())


@pytest.fixture
def keys(issue: Callable[..., tuple[Any, str]], alice: Person, session: Any) -> dict[str, str]:
    """A key of each kind that the cases speak of, by name."""
    policies = {"good": None, "narrow": NARROW, "slow": replace(NARROW, rate=Rate.read("1/hour")), "revoked": None}
    made = {
        name: issue(alice, name, **({"policy": policy} if policy else {})) for name, policy in policies.items()
    }  # fmt: skip
    made["revoked"][0].revoked_at = clock.now()
    session.commit()
    return {name: token for name, (_, token) in made.items()}
