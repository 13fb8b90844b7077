"""What the page doors share. `configure` sets the app up, `init_app` binds what every request passes through."""

from datetime import timedelta

from flask import Flask

from portal.config import Settings
from portal.data_folder import DataFolder
from portal.extensions import babel, csrf, database_config
from portal.keys.peppers import Peppers
from portal.web import (
    assets,
    converters,
    cross_site,
    error_pages,
    formats,
    front_page,
    hosts,
    key_words,
    menu,
    permissions,
    request_log,
    security_headers,
    signed_in,
)  # fmt: skip
from portal.web.portal import Portal

BODY_LIMIT = 64 * 1024
FIELDS_LIMIT = 200

__all__ = ["configure", "init_app", "permissions"]


def configure(app: Flask, settings: Settings, folder: DataFolder) -> None:
    """Set everything that Flask and the extensions read when they are bound."""
    app.extensions["portal"] = Portal(settings, folder, Peppers(folder.read_peppers()))
    app.url_map.merge_slashes = False  # else `//` is a redirect, to whatever host the request named
    app.config.update(
        SECRET_KEY=folder.session_key(),
        MAX_CONTENT_LENGTH=BODY_LIMIT, MAX_FORM_MEMORY_SIZE=BODY_LIMIT, MAX_FORM_PARTS=FIELDS_LIMIT,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: a form left open over lunch still works
        BABEL_DEFAULT_LOCALE="en", BABEL_DEFAULT_TIMEZONE="UTC",
        **database_config(folder, settings.postgres_address),
        **_cookies(is_https=settings.is_https),
    )  # fmt: skip


def init_app(app: Flask) -> None:
    """Bind what every request passes through. The order is the order in which a request meets it."""
    converters.init_app(app)
    request_log.init_app(app)
    security_headers.init_app(app)
    error_pages.init_app(app)
    hosts.init_app(app)
    cross_site.init_app(app)
    signed_in.init_app(app)
    permissions.init_app(app)  # before CSRF: someone signed out is sent to sign in, and not told of a stale form
    csrf.init_app(app)
    babel.init_app(app)
    assets.init_app(app)
    formats.init_app(app)
    key_words.init_app(app)
    menu.init_app(app)
    front_page.init_app(app)


def _cookies(*, is_https: bool) -> dict[str, object]:
    """Return the settings of the session cookie. `__Host-` binds it to this very host, but needs https."""
    return {
        "SESSION_COOKIE_NAME": "__Host-portal_session" if is_https else "portal_session",
        "SESSION_COOKIE_SECURE": is_https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_PATH": "/",
        "PERMANENT_SESSION_LIFETIME": timedelta(days=14),
    }
