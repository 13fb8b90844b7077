"""Puts the API together: the guard in front, the routes behind it, and pages that explain it."""

from pathlib import Path

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from examples.research_api import (
    algo,
    alveo,
    catalogue_routes,
    cloudmc,
    console,
    data,
    data_problems,
    docs,
    families,
    labkey,
    whoami,
)  # fmt: skip
from examples.research_api.data_store import DataStore, sample_files
from examples.research_api.problems import as_problem
from examples.research_api.slashes import SingleSlashes
from portal.config import Settings, load_settings
from portal.gateway.guard import protect
from portal.verification.verifier import Verifier

DATABASE = "research.db"
BODY_LIMIT = 64 * 1024  # bytes, of a file and of an algorithm's input

_PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def create_app(verifier: Verifier | None = None, settings: Settings | None = None) -> Flask:
    """Return the API, guarded by `verifier` or else by the one that `settings` (the environment's) describe.

    Raises:
        CannotStart: the settings or the data folder do not fit; the message is one line.

    """
    app = Flask(__name__)
    settings = settings or load_settings()
    app.extensions["portal.settings"] = settings
    app.extensions["research.store"] = DataStore(Path(settings.data_dir, DATABASE)).prepare(sample_files())
    app.config["MAX_CONTENT_LENGTH"] = BODY_LIMIT + 1  # one more, so that what is too long can be told from what is cut
    app.url_map.merge_slashes = False  # an API answers or refuses; it never sends a key somewhere else
    protect(app, verifier, settings, cross_origin=True)
    for part in (whoami, algo, data, catalogue_routes, alveo, cloudmc, labkey, docs, console):
        app.register_blueprint(part.routes)
    app.register_error_handler(HTTPException, as_problem)
    data_problems.init_app(app)
    app.after_request(families.in_its_own_shape)
    app.after_request(_harden)
    app.wsgi_app = SingleSlashes(app.wsgi_app)  # type: ignore[method-assign]  # Flask's own way
    return app


def _harden(response: Response) -> Response:
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers.setdefault("Content-Security-Policy", _PAGE_POLICY)
    response.headers.setdefault("Referrer-Policy", "same-origin")
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
    return response
