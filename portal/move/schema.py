"""Makes the tables of the target, by the migrations that make them everywhere."""

from alembic import command
from alembic.util import CommandError
from flask import Flask, current_app

from portal import postgres
from portal.config import ROOT
from portal.data_folder import DataFolder
from portal.extensions import bind_database, database_config, db
from portal.move.fault import MoveFault
from portal.move.target import Target

_TURN_SECONDS = 10


def make_tables(target: Target, folder: DataFolder) -> None:
    """Apply to the database whatever migrations it is missing; nobody else does so at the same time.

    Raises:
        MoveFault: the server refuses something, or another version of the portal made the tables that are there.

    """
    turn = postgres.held(target.address, postgres.Lock.PREPARE, _TURN_SECONDS)
    with target.in_one_line(), turn, _app(target, folder).app_context():
        config = current_app.extensions["migrate"].migrate.get_config(str(ROOT / "migrations"))
        try:
            command.upgrade(config, "head")
        except CommandError:
            raise MoveFault(f"{target.name} was made by another version of the portal.") from None
        finally:
            db.engine.dispose()


def _app(target: Target, folder: DataFolder) -> Flask:
    app = Flask("portal")
    app.config.update(database_config(folder, target.address))
    bind_database(app, folder)
    return app
