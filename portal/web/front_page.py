"""The two addresses that belong to no door: the front page, and the stylesheet with the installation's colour."""

from flask import Blueprint, Flask, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal.web.permissions import ANYONE, may_call
from portal.web.portal import portal

bp = Blueprint("web", __name__)

_KEEP_SECONDS = 3600


def init_app(app: Flask) -> None:
    """Bind both, and give the settings to every template as `site`."""
    app.register_blueprint(bp)
    app.jinja_env.globals["site"] = app.extensions["portal"].settings


@bp.get("/")
@may_call(ANYONE)
def home() -> ResponseReturnValue:
    """Send everyone to their API credentials; who is signed out signs in on the way."""
    return redirect(url_for("profile.credentials"), 303)


@bp.get("/accent.css")
@may_call(ANYONE)
def accent() -> ResponseReturnValue:
    """Answer with the accent. It has its own file because the content policy forbids styles inside pages."""
    answer = Response(f":root {{ --portal-accent: {portal().settings.accent}; }}\n", mimetype="text/css")
    answer.cache_control.max_age = _KEEP_SECONDS
    answer.cache_control.public = True
    answer.add_etag()
    return answer.make_conditional(request)
