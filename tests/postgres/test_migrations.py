"""The migrations fit the models, and go down and up again, on either database."""

from collections.abc import Iterator

import flask_migrate
import pytest
from flask import Flask
from sqlalchemy import inspect

from portal import create_app
from portal.config import ROOT, Settings
from portal.extensions import db

FOLDER = str(ROOT / "migrations")


@pytest.fixture(params=["sqlite", "postgresql"])
def bound(request, folder) -> Iterator[Flask]:
    """The portal's app on a database that it has migrated: this folder's, or a PostgreSQL."""
    url = request.getfixturevalue("database_url") if request.param == "postgresql" else None
    app = create_app(Settings(PORTAL_DATA_DIR=folder.path, PORTAL_DATABASE_URL=url))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def test_flask_db_check_finds_nothing_to_do(bound):
    flask_migrate.check(FOLDER)  # else it ends the command


def test_down_to_the_first_and_up_again_ends_where_it_began(bound):
    tables = set(inspect(db.engine).get_table_names())
    flask_migrate.downgrade(FOLDER, "0001")
    assert set(inspect(db.engine).get_table_names()) < tables
    flask_migrate.upgrade(FOLDER)
    flask_migrate.check(FOLDER)
    assert set(inspect(db.engine).get_table_names()) == tables
