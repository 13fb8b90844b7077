"""Traefik and Envoy are not started here: their files are read, and what they must say is looked up in them."""

from itertools import product
from typing import Any

import pytest
import yaml

from portal.gateway.lane import ROUTES
from tests.deploy.proxy import API, DEPLOY, PORTAL

IDENTITY = ["X-Auth-User", "X-Auth-User-Id", "X-Auth-Key-Id", "X-Auth-Key-Name"]
NEEDS = ["X-Portal-Resource", "X-Portal-Access", "X-Portal-Any-Key"]
KEYS = ["X-API-Key", "apikey", "MC-Api-Key"]
EXTENSIONS = "type.googleapis.com/envoy.extensions.filters"


def lowered(names: list[str]) -> set[str]:
    return {name.lower() for name in names}


def spellings(name: str) -> set[str]:
    """Every name that a WSGI server reads as `name`."""
    first, *others = name.split("-")
    marks = product("-_", repeat=len(others))
    return {first + "".join(mark + part for mark, part in zip(chosen, others, strict=True)) for chosen in marks}


@pytest.fixture(scope="module")
def traefik() -> Any:
    return yaml.safe_load((DEPLOY / "traefik" / "dynamic.yml").read_text())["http"]


@pytest.fixture(scope="module")
def envoy() -> Any:
    return yaml.safe_load((DEPLOY / "envoy" / "envoy.yaml").read_text())["static_resources"]


@pytest.fixture(scope="module")
def manager(envoy: Any) -> Any:
    [listener] = envoy["listeners"]
    [connections] = listener["filter_chains"][0]["filters"]
    return connections["typed_config"]


def test_every_router_of_traefik_forgets_then_asks_then_hides_the_key(traefik: Any) -> None:
    for router in traefik["routers"].values():
        first, *needs, ask, hide = router["middlewares"]
        assert (first, ask, hide) == ("portal-forget", "portal-ask", "portal-hide-key")
        assert all(need.startswith("needs-") for need in needs)
        assert set(router["middlewares"]) <= set(traefik["middlewares"])
        assert router["service"] in traefik["services"]


def test_traefik_forgets_every_spelling_of_an_identity(traefik: Any) -> None:
    forgotten = traefik["middlewares"]["portal-forget"]["headers"]["customRequestHeaders"]
    assert set(forgotten) == set(NEEDS).union(*map(spellings, IDENTITY))
    assert set(forgotten.values()) == {""}


def test_traefik_asks_the_lane_and_believes_no_forwarded_header(traefik: Any) -> None:
    ask = traefik["middlewares"]["portal-ask"]["forwardAuth"]
    assert ask["address"] == f"http://{PORTAL}/auth"
    assert ask["trustForwardHeader"] is False
    assert set(ask["authRequestHeaders"]) >= {"Authorization", *KEYS, "Origin", "Referer", *NEEDS}
    assert not [name for name in ask["authRequestHeaders"] if "_" in name or "Forwarded" in name]
    assert ask["authResponseHeaders"] == IDENTITY
    hidden = traefik["middlewares"]["portal-hide-key"]["headers"]["customRequestHeaders"]
    assert hidden == dict.fromkeys(["Authorization", *KEYS, *NEEDS], "")


def test_envoy_forgets_then_asks(manager: Any) -> None:
    assert [each["name"].rpartition(".")[2] for each in manager["http_filters"]] == [
        "header_mutation", "ext_authz", "router",
    ]  # fmt: skip
    assert all(each["typed_config"]["@type"].startswith(f"{EXTENSIONS}.http.") for each in manager["http_filters"])
    removed = {
        change["remove"] for change in manager["http_filters"][0]["typed_config"]["mutations"]["request_mutations"]
    }
    assert removed == lowered([*NEEDS, *IDENTITY])


def test_envoy_lets_nobody_in_when_the_portal_is_silent(manager: Any) -> None:
    ask = manager["http_filters"][1]["typed_config"]
    assert (ask["failure_mode_allow"], ask["status_on_error"]) == (False, {"code": "ServiceUnavailable"})
    assert ask["http_service"]["path_prefix"] in ROUTES
    allowed = {pattern["exact"] for pattern in ask["allowed_headers"]["patterns"]}
    assert allowed >= lowered([*KEYS, *NEEDS, "Origin", "Referer", "X-Forwarded-For"])
    identity = ask["http_service"]["authorization_response"]["allowed_upstream_headers"]["patterns"]
    assert {pattern["exact"] for pattern in identity} == lowered(IDENTITY)


def test_envoy_drops_underscores_and_hides_the_key(manager: Any) -> None:
    assert manager["use_remote_address"] is True
    assert manager["common_http_protocol_options"] == {"headers_with_underscores_action": "DROP_HEADER"}
    [host] = manager["route_config"]["virtual_hosts"]
    assert set(host["request_headers_to_remove"]) == lowered(["Authorization", *KEYS, *NEEDS])


def test_every_need_of_a_route_of_envoy_is_one_that_the_portal_reads(manager: Any) -> None:
    [host] = manager["route_config"]["virtual_hosts"]
    for route in host["routes"]:
        for config in route.get("typed_per_filter_config", {}).values():
            [change] = config["mutations"]["request_mutations"]
            assert change["append"]["header"]["key"] in lowered(NEEDS)
            assert change["append"]["append_action"] == "OVERWRITE_IF_EXISTS_OR_ADD"


def test_envoys_clusters_are_the_lane_and_the_api(envoy: Any) -> None:
    addresses = {
        cluster["name"]: cluster["load_assignment"]["endpoints"][0]["lb_endpoints"][0]["endpoint"]["address"][
            "socket_address"
        ]
        for cluster in envoy["clusters"]
    }
    found = {name: f"{where['address']}:{where['port_value']}" for name, where in addresses.items()}
    assert found == {"portal_lane": PORTAL, "protected_api": API}
