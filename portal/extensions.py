"""The extensions, unbound; `create_app` binds them.

`db` serves for binding, teardown and Alembic. Jobs take a plain `Session`; nothing below the doors uses `db.session`.
"""

import sqlite3
from functools import partial
from pathlib import Path
from typing import Any

from flask import Flask
from flask_babel import Babel
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy import Connection, Engine, event

from portal import sqlite
from portal.data_folder import ENGINE_OPTION, DataFolder
from portal.rows import Rows

WRITES = "portal_writes"


db = SQLAlchemy(model_class=Rows, session_options={"expire_on_commit": False})
migrate = Migrate(render_as_batch=True)
login = LoginManager()
csrf = CSRFProtect()
babel = Babel()


def bind_database(app: Flask, folder: DataFolder) -> None:
    """Bind `db` to the app's database, which learns its data folder and how the portal uses SQLite."""
    db.init_app(app)
    migrate.init_app(app, db)
    with app.app_context():
        db.engine.update_execution_options(**{ENGINE_OPTION: folder})
        if db.engine.dialect.name == "sqlite":
            _use_sqlite_well(db.engine, Path(str(db.engine.url.database)))


def _use_sqlite_well(engine: Engine, path: Path) -> None:
    """Open transactions ourselves: `BEGIN` to read, the file lock and `BEGIN IMMEDIATE` to write."""

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # else the driver begins transactions behind our back
        connection.text_factory = partial(str, encoding="utf-8", errors="replace")  # one bad row fails no page
        sqlite.configure(connection)
        _record.info["write_lock"] = sqlite.WriteLock(path)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(WRITES, False)
        if writes:
            connection.info["write_lock"].acquire()
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
        except BaseException:
            connection.info["write_lock"].release()
            raise

    # Released only when the connection comes home: by then COMMIT or ROLLBACK has really happened.
    @event.listens_for(engine, "checkin")
    def release(_connection: sqlite3.Connection | None, record: Any) -> None:
        record.info["write_lock"].release()
