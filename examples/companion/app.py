"""What a connected app does: take the one-time code, exchange it from server to server, call the API with the key.

    export COMPANION_PORTAL=http://127.0.0.1:8000 COMPANION_APP=ptla_… COMPANION_SECRET=…
    flask --app examples.companion run --port 8010

The key stays in this process: the browser gets a cookie that says nothing.
"""

import os
import secrets
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Flask, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from examples.companion.portal import NotGranted, Portal, Tides


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody who came from the portal, and what the API said to their key."""

    user: str
    key_name: str
    expires: str
    key: str
    endpoint: str


def create_app(portal: Portal | None = None, secret_key: str | None = None) -> Flask:
    """Return the app, connected to `portal` or to the one that the environment names."""
    app = Flask(__name__)
    app.secret_key = secret_key or secrets.token_bytes(32)
    app.config.update(SESSION_COOKIE_SAMESITE="Lax", SESSION_COOKIE_NAME="companion")
    portal = portal or Portal(
        os.environ["COMPANION_PORTAL"], os.environ["COMPANION_APP"], os.environ["COMPANION_SECRET"]
    )
    visits: dict[str, Visit] = {}

    @app.get("/")
    def home() -> ResponseReturnValue:
        """Show what the API gives to the visitor, or how to become one."""
        visit = visits.get(session.get("visit", ""))
        told = Tides.read(visit.endpoint, visit.key) if visit else None
        return render_template("home.html", visit=visit, told=told)

    @app.get("/start")
    def start() -> ResponseReturnValue:
        """Send the visitor to the portal; the state shows on the way back that it was us who sent them."""
        session["state"] = secrets.token_urlsafe(16)
        return redirect(f"{portal.page}?{urlencode({'state': session['state']})}")

    @app.get("/open")
    def opened() -> ResponseReturnValue:
        """Take the code. Whoever comes from the portal's menu has no state; one that is not ours is refused."""
        state = request.args.get("state")
        if state is not None and state != session.pop("state", None):
            return render_template("home.html", refused="This visit was not begun in this browser."), 400
        try:
            granted = portal.exchange(request.args.get("code", ""), url_for("opened", _external=True))
        except NotGranted as error:
            return render_template("home.html", refused=str(error)), 400
        session.clear()
        session["visit"] = secrets.token_urlsafe(16)
        visits[session["visit"]] = Visit(
            granted["user"], granted["name"], granted["expires"], granted["key"], granted["endpoint"]
        )
        return redirect(url_for("home"))

    return app
