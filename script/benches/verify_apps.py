"""What the lane is measured against: the least that the same server can do with Flask, and without anything."""

from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask

_ANSWER = [("Content-Length", "0"), ("Cache-Control", "no-store")]


def bare() -> Flask:
    """Return a Flask app with one view that knows of no keys."""
    app = Flask("bare")

    @app.get("/auth")
    def auth() -> str:
        return ""

    return app


def raw(_environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer at once: the limit of the server."""
    start_response("200 OK", _ANSWER)
    return [b""]


def guarded() -> Flask:
    """Return a Flask app with one view that the decorator protects, of the data folder that the settings name."""
    from portal.gateway.guard import protect, require_key  # noqa: PLC0415  # the other apps need no settings

    app = Flask("guarded")
    protect(app)

    @app.get("/auth")
    @require_key
    def auth() -> str:
        return ""

    return app
