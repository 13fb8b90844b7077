"""Runs the migrations inside the app's own engine, each in one write transaction."""

import warnings

from alembic import context
from flask import current_app

from portal.extensions import WRITES


def take_your_time(connection) -> None:
    """Let a migration of millions of rows last as long as it must; locks are waited for as shortly as elsewhere."""
    connection.connection.dbapi_connection.patience = None
    connection.detach()  # it is closed at the end, so that nobody else gets it so
    connection.exec_driver_sql("SET statement_timeout = 0")
    connection.exec_driver_sql("SET idle_in_transaction_session_timeout = 0")
    connection.commit()


def run() -> None:
    migrate = current_app.extensions["migrate"]
    with migrate.db.engine.connect().execution_options(**{WRITES: True}) as connection:
        if connection.dialect.name == "postgresql":
            take_your_time(connection)
        context.configure(connection=connection, target_metadata=migrate.db.metadata, **migrate.configure_args)
        with context.begin_transaction():
            context.run_migrations()


with warnings.catch_warnings():
    # SQLAlchemy cannot read such an index of SQLite, and `flask db check` leaves it out: nothing is amiss.
    warnings.filterwarnings("ignore", ".*expression-based index")
    run()
