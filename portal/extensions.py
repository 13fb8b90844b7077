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
from sqlalchemy import URL, Connection, Engine, event
from sqlalchemy.exc import InvalidatePoolError, OperationalError

from portal import sqlite
from portal.data_folder import ENGINE_OPTION, DataFolder
from portal.rows import Rows

WRITES = "portal_writes"
NAME = "PORTAL_DATABASE_NAME"  # in the app's config: how to speak of its database
SQLITE_CONNECTIONS = 24
POSTGRES_CONNECTIONS = 10
STATEMENT_SECONDS = 30  # counting a million keys for the overview is the longest

db = SQLAlchemy(model_class=Rows, session_options={"expire_on_commit": False})
migrate = Migrate(render_as_batch=True)
login = LoginManager()
csrf = CSRFProtect()
babel = Babel()


def database_config(folder: DataFolder, address: str | None) -> dict[str, Any]:
    """Return what Flask-SQLAlchemy reads: of the PostgreSQL at `address`, or of the SQLite in the data folder."""
    options: dict[str, Any] = {"max_overflow": 0, "hide_parameters": True}
    if address is None:
        options |= {"pool_size": SQLITE_CONNECTIONS, "pool_timeout": sqlite.BUSY_SECONDS}
        uri = URL.create("sqlite", database=str(folder.database.absolute()))
        return {"SQLALCHEMY_DATABASE_URI": uri, "SQLALCHEMY_ENGINE_OPTIONS": options, NAME: str(folder.database)}
    from portal import postgres  # noqa: PLC0415  # 8 MB that only PostgreSQL needs

    # The driver is told the address apart: SQLAlchemy never sees the password.
    open_one = partial(postgres.connect, address, seconds=STATEMENT_SECONDS, autocommit=False)
    options |= {"pool_size": POSTGRES_CONNECTIONS, "pool_timeout": postgres.LOCK_SECONDS, "creator": open_one}
    uri = URL.create("postgresql+psycopg")
    return {"SQLALCHEMY_DATABASE_URI": uri, "SQLALCHEMY_ENGINE_OPTIONS": options, NAME: postgres.name_of(address)}


def bind_database(app: Flask, folder: DataFolder) -> None:
    """Bind `db` to the app's database, which learns its data folder and how the portal uses SQLite."""
    db.init_app(app)
    migrate.init_app(app, db)
    with app.app_context():
        db.engine.update_execution_options(**{ENGINE_OPTION: folder})
        if db.engine.dialect.name == "sqlite":
            _use_sqlite_well(db.engine, Path(str(db.engine.url.database)))
        else:
            _use_postgres_well(db.engine)


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


def _use_postgres_well(engine: Engine) -> None:
    """Read one snapshot and write nothing in `reading()`; lend no connection whose server is gone."""
    import psycopg  # noqa: PLC0415  # as above

    from portal import postgres  # noqa: PLC0415

    @event.listens_for(engine, "checkout")
    def check(connection: Any, _record: Any, _proxy: Any) -> None:
        try:
            connection.check_alive()
        except postgres.NoAnswer as error:
            raise OperationalError(None, None, error) from error  # another one would be as silent
        except psycopg.OperationalError as error:
            raise InvalidatePoolError from error  # all others are older: the next is opened anew

    # psycopg says so in its BEGIN, which costs nothing more.
    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(WRITES, False)
        driver: Any = connection.connection.dbapi_connection
        driver.read_only = not writes
        driver.isolation_level = None if writes else psycopg.IsolationLevel.REPEATABLE_READ
