"""`POST /v1/algo/<owner>/<name>`: runs an algorithm for a key whose list of resources opens it."""

import time
from typing import Any

from flask import Blueprint

from examples.research_api import algorithms
from examples.research_api.algorithms import ALGORITHMS, Algorithm, WrongInput
from examples.research_api.bodies import read_input
from examples.research_api.data import me, save
from examples.research_api.problems import refuse
from portal.gateway.guard import require_key

routes = Blueprint("algo", __name__, url_prefix="/v1/algo")

VERSION = "1.0.0"
VERSIONS = {VERSION, "1.0", "1", "latest"}


@routes.post("/<owner>/<name>")
@routes.post("/<owner>/<name>/<version>")
@require_key(resource="algo://{owner}/{name}")
def run(owner: str, name: str, version: str = VERSION) -> dict[str, Any]:
    """Run an algorithm that keeps nothing."""
    _needs_version(version)
    algorithm, started = _find(owner, name, saves=False), time.perf_counter()
    return _answer(_run(algorithm), started)


@require_key(resource="algo://{owner}/{name}", access="write")
def run_and_save(owner: str, name: str, version: str = VERSION) -> dict[str, Any]:
    """Run an algorithm that saves its result in the data store, so its key needs the right to write there."""
    _needs_version(version)
    algorithm, started = _find(owner, name, saves=True), time.perf_counter()
    file = save(me(), _run(algorithm))
    return _answer({"saved": file.path, "size": file.size}, started)


# A rule without placeholders beats one with them: what saves is never reached through `run`, which finds none of these.
for _saving in (one for one in ALGORITHMS if one.saves):
    for _tail in ("", "/<version>"):
        routes.add_url_rule(
            f"/{_saving.owner}/{_saving.name}{_tail}", f"save_{_saving.name}", run_and_save, methods=["POST"],
            defaults={"owner": _saving.owner, "name": _saving.name},
        )  # fmt: skip


def _needs_version(version: str) -> None:
    if version not in VERSIONS:
        detail = f"Each algorithm has one version here, {VERSION}. It may be left out."
        refuse(404, "no-such-version", "No such version", detail)


def _find(owner: str, name: str, *, saves: bool) -> Algorithm:
    algorithm = algorithms.find(owner, name, saves=saves)
    return algorithm or refuse(404, "no-such-algorithm", "No such algorithm", "There is no algorithm of this name.")


def _run(algorithm: Algorithm) -> Any:
    try:
        return algorithm.run(read_input())
    except WrongInput as error:
        refuse(422, "wrong-input", "Wrong input", str(error))


def _answer(result: Any, started: float) -> dict[str, Any]:
    kind = "text" if isinstance(result, str) else "json"
    return {"result": result, "metadata": {"content_type": kind, "duration": round(time.perf_counter() - started, 4)}}
