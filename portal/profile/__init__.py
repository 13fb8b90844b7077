"""The door behind which a person looks after their own: API credentials, password, sign-ins, help."""

from flask import Blueprint, Flask

bp = Blueprint("profile", __name__)


def init_app(app: Flask) -> None:
    """Bind the door's routes."""
    from portal.profile import account, credentials, download, help, sessions  # noqa: A004, F401, PLC0415  # they fill `bp`

    app.register_blueprint(bp)
