"""The door behind which admins look after the whole server; to everyone else it does not exist."""

from flask import Blueprint, Flask

bp = Blueprint("admin", __name__, url_prefix="/admin")


def init_app(app: Flask) -> None:
    """Bind the door's routes."""
    from portal.admin import (  # noqa: F401, PLC0415  # they fill `bp`
        access_log,
        audit,
        key_page,
        keys,
        offboarding,
        overview,
        sections,
        settings,
        stop_keys,
        user_acts,
        user_page,
        users,
        why,
    )  # fmt: skip

    app.register_blueprint(bp)
