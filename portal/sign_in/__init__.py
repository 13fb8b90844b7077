"""The door by which people come in: signing in and out, signing up, invitations."""

from flask import Blueprint, Flask

bp = Blueprint("sign_in", __name__)


def init_app(app: Flask) -> None:
    """Bind the door's routes."""
    from portal.sign_in import invitations, sign_in, sign_up  # noqa: F401, PLC0415  # they fill `bp`

    app.register_blueprint(bp)
