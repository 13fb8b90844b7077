"""Runs the migrations inside the app's own engine, each in one write transaction."""

from alembic import context
from flask import current_app

from portal.extensions import WRITES


def run() -> None:
    migrate = current_app.extensions["migrate"]
    with migrate.db.engine.connect().execution_options(**{WRITES: True}) as connection:
        context.configure(connection=connection, target_metadata=migrate.db.metadata, **migrate.configure_args)
        with context.begin_transaction():
            context.run_migrations()


run()
