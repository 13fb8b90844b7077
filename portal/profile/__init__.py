"""The door behind which a person looks after their own: API credentials, password, sign-ins, help."""

from flask import Blueprint, Flask

bp = Blueprint("profile", __name__)


def init_app(app: Flask) -> None:
    """Bind the door's routes."""
    from portal.profile import (  # noqa: F401, PLC0415  # they fill `bp`
        account,
        credentials,
        delete_account,
        delete_key,
        download,
        edit_key,
        get_key,
        help,  # noqa: A004
        key_page,
        key_row,
        new_key,
        open_app,
        rotate_key,
        sessions,
        try_key,
    )  # fmt: skip

    app.register_blueprint(bp)
