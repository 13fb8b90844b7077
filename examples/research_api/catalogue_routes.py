"""Collections, queries and environments: each is a resource, `collection://owner/name` and so on."""

from collections.abc import Mapping
from typing import Any, TypeVar

from flask import Blueprint

from examples.research_api.algorithms import WrongInput
from examples.research_api.bodies import read_input
from examples.research_api.catalogue import COLLECTIONS, ENVIRONMENTS, QUERIES
from examples.research_api.problems import refuse
from portal.gateway.guard import require_key

routes = Blueprint("catalogue", __name__, url_prefix="/v1")

Thing = TypeVar("Thing")


@routes.get("/collection/<owner>/<name>")
@require_key(resource="collection://{owner}/{name}")
def collection(owner: str, name: str) -> dict[str, Any]:
    """Answer with all rows of a collection."""
    return {"rows": _find(COLLECTIONS, f"{owner}/{name}")}


@routes.post("/query/<owner>/<name>")
@require_key(resource="query://{owner}/{name}")
def query(owner: str, name: str) -> dict[str, Any]:
    """Ask a collection something."""
    asked = _find(QUERIES, f"{owner}/{name}")
    try:
        return {"rows": asked.run(read_input())}
    except WrongInput as error:
        refuse(422, "wrong-input", "Wrong input", str(error))


@routes.get("/environment/<owner>/<name>")
@require_key(resource="environment://{owner}/{name}")
def environment(owner: str, name: str) -> dict[str, Any]:
    """Say what runs in an environment."""
    return {"data": _find(ENVIRONMENTS, f"{owner}/{name}")}


def _find(things: Mapping[str, Thing], name: str) -> Thing:
    if name not in things:
        refuse(404, "not-found", "Not found", "There is nothing of this name.")
    return things[name]
