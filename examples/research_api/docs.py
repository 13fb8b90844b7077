"""Pages for people: what the API can do, and one for each algorithm. Open to everyone."""

from functools import cache
from typing import Any, NamedTuple

from flask import Blueprint, Response, current_app, render_template, request

from examples.research_api.algorithms import ALGORITHMS, Algorithm, find
from examples.research_api.catalogue import COLLECTIONS, ENVIRONMENTS, QUERIES
from examples.research_api.data_store import OWNER_BYTES, OWNER_FILES
from examples.research_api.problems import refuse
from examples.research_api.snippets import VARIABLE, example_input, snippets
from portal.config import ROOT, Settings
from portal.policy.reasons import Reason

routes = Blueprint("docs", __name__)


class Ran(NamedTuple):
    """What came of running an algorithm: the answer's status, sentence and JSON, and the input that was sent."""

    status: str
    sentence: str
    pretty: str
    body: str
    content_type: str
    is_good: bool


@routes.get("/docs")
def index() -> str:
    """Explain the API to people, with the address and the prefix of this installation."""
    return render_template(
        "docs.html", algorithms=ALGORITHMS, collections=COLLECTIONS, queries=QUERIES, environments=ENVIRONMENTS,
        refusals=Reason, megabytes=OWNER_BYTES // 2**20, most_files=OWNER_FILES, **_installation(),
    )  # fmt: skip


@routes.get("/docs/algo/<owner>/<name>")
def algorithm(owner: str, name: str) -> str:
    """Explain one algorithm, and offer to run it."""
    return algorithm_page(known(owner, name))


@routes.get("/look.css")
def look() -> Response:
    """The colours and sizes of the portal, and the installation's accent."""
    accent = f":root {{ --portal-accent: {_settings().accent}; }}\n"
    return Response(_tokens() + accent, mimetype="text/css", headers={"Cache-Control": "no-cache"})


def algorithm_page(shown: Algorithm, ran: Ran | None = None) -> str:
    """Return the page of an algorithm, with what came of running it, if it was run."""
    body, content_type = example_input(shown)
    installation = _installation()
    return render_template(
        "algorithm.html", algorithm=shown, snippets=snippets(shown, installation["endpoint"]), body=body,
        content_type=content_type, variable=VARIABLE, ran=ran, **installation,
    )  # fmt: skip


def known(owner: str, name: str) -> Algorithm:
    """Return the algorithm of this name.

    Raises:
        Problem: 404, there is none.

    """
    return find(owner, name) or refuse(404, "not-found", "Not found", "There is no algorithm of this name.")


def _installation() -> dict[str, Any]:
    """Return the addresses as the settings have them; what a request calls itself is not believed."""
    settings = _settings()
    return {
        "endpoint": f"{settings.site_url}{request.script_root}", "portal": settings.site_url,
        "site_name": settings.site_name, "prefix": settings.key_prefix,
    }  # fmt: skip


def _settings() -> Settings:
    settings: Settings = current_app.extensions["portal.settings"]
    return settings


@cache
def _tokens() -> str:
    return (ROOT / "static" / "css" / "tokens.css").read_text()
