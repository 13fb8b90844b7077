"""Addresses of static files that change with their content, so that browsers may keep them for good."""

import hashlib
from functools import cache
from pathlib import Path

from flask import Flask, current_app, url_for


def init_app(app: Flask) -> None:
    """Give `asset` to every template."""
    app.jinja_env.globals["asset"] = asset


def asset(name: str) -> str:
    """Return the address of the static file `name`, with a few digits of its hash."""
    return url_for("static", filename=name, v=_digits(Path(str(current_app.static_folder), name)))


@cache
def _digits(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10]
