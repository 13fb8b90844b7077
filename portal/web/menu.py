"""What the user menu knows: the person's default-key, by its public id, and the apps that are connected."""

from contextlib import suppress

from flask import Flask, g
from flask_login import current_user
from sqlalchemy.exc import SQLAlchemyError

from portal.errors import Unavailable
from portal.handover import apps
from portal.handover.models import ConnectedApp
from portal.keys import default_key as job
from portal.keys.models import Key
from portal.web.site import site_settings
from portal.web.unit_of_work import reading


def init_app(app: Flask) -> None:
    """Give templates the functions."""
    app.jinja_env.globals.update(default_key=default_key, connected_apps=connected_apps)


def default_key() -> Key | None:
    """Return the living default-key of who is signed in, read once for a page; no page fails for want of it."""
    if not current_user.is_authenticated:
        return None
    if "default_key" not in g:
        g.default_key = None
        with suppress(SQLAlchemyError, Unavailable):
            g.default_key = job.of(reading(), current_user.person.id, site_settings())
    key: Key | None = g.default_key
    return key


def connected_apps() -> list[ConnectedApp]:
    """Return the apps that can be opened from the menu, read once for a page; no page fails for want of them."""
    if "connected_apps" not in g:
        g.connected_apps = []
        with suppress(SQLAlchemyError, Unavailable):
            g.connected_apps = apps.living(reading())
    found: list[ConnectedApp] = g.connected_apps
    return found
