"""The API credentials portal. `create_app` puts it together; everything is imported inside, so that the verification
lane can use the heart without loading Flask or SQLAlchemy.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from portal.config import Settings


def create_app(settings: "Settings | None" = None) -> "Flask":
    """Return the portal's Flask application for `settings` (read from the environment when not given).

    Raises:
        CannotStart: the settings, the data folder or the database do not fit; the message is one line.

    """
    from flask import Flask

    from portal import admin, api, cli, extensions, profile, sign_in, web
    from portal.config import ROOT, load_settings
    from portal.data_folder import DataFolder

    settings = settings or load_settings()
    folder = DataFolder(settings.data_dir)
    folder.prepare()

    app = Flask("portal", template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static"))
    web.configure(app, settings, folder)
    extensions.bind_database(app, folder)
    web.init_app(app)
    sign_in.init_app(app)
    profile.init_app(app)
    admin.init_app(app)
    api.init_app(app)
    cli.init_app(app)
    web.permissions.check_every_route(app)
    return app
