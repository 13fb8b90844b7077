"""Environments and what runs in them, as clients of CloudMC ask for them: each answer is `{"data": …}`."""

from typing import Any

from flask import Blueprint, g

from examples.research_api.catalogue import ENVIRONMENTS
from examples.research_api.problems import refuse
from portal.gateway.guard import require_key

routes = Blueprint("cloudmc", __name__)

INSTANCES = "cloudmc.instances"


@routes.get("/v1/environments")
@routes.get("/api/v2/environments")
@require_key(any_key=True)
def environments() -> dict[str, Any]:
    """List all environments."""
    return {"data": [_environment(name) for name in ENVIRONMENTS]}


@routes.get("/v1/organizations")
@require_key(any_key=True)
def organizations() -> dict[str, Any]:
    """List whose environments there are."""
    owners = sorted({_owner_of(name) for name in ENVIRONMENTS})
    return {"data": [_organization(owner) | {"environments": _of(owner), "users": [_caller()]} for owner in owners]}


@routes.get("/v1/users")
@require_key(any_key=True)
def users() -> dict[str, Any]:
    """List the one person that a key may know of: its owner."""
    return {"data": [_caller()]}


@routes.get("/v1/services/<service>/<environment>/instances")
@require_key(resource="environment://{owner}/{environment}")
def instances(service: str, environment: str, owner: str) -> dict[str, Any]:
    """List what runs in an environment."""
    found = ENVIRONMENTS.get(f"{owner}/{environment}")
    if found is None or found["service"] != service:
        refuse(404, "not-found", "Not found", "There is no environment of this name in this service.")
    return {"data": found["instances"]}


@routes.url_value_preprocessor
def add_owner(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Say whose environment it is that an address names without its owner, so that it is the one resource it is."""
    if endpoint == INSTANCES and values is not None:
        named = (name for name in ENVIRONMENTS if name == f"{_owner_of(name)}/{values['environment']}")
        values["owner"] = _owner_of(next(named, "none/"))


def _environment(name: str) -> dict[str, Any]:
    found = ENVIRONMENTS[name]
    return {
        "id": name.replace("/", "-"), "name": found["name"], "description": "An environment of the sample API.",
        "organization": _organization(_owner_of(name)), "users": [], "roles": [],
        "serviceConnection": {"id": found["service"], "name": found["service"], "serviceCode": found["service"]},
    }  # fmt: skip


def _organization(owner: str) -> dict[str, Any]:
    return {"id": owner, "name": owner, "entryPoint": owner}


def _of(owner: str) -> list[dict[str, Any]]:
    return [{"id": name.replace("/", "-"), "name": name.partition("/")[2]} for name in ENVIRONMENTS
            if _owner_of(name) == owner]  # fmt: skip


def _caller() -> dict[str, Any]:
    email = g.key.user
    return {"id": f"u-{g.key.user_id}", "username": email, "email": email}


def _owner_of(name: str) -> str:
    return name.partition("/")[0]
