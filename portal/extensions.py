"""The extensions, unbound; `create_app` binds them.

`db` serves for binding, teardown and Alembic. Jobs take a plain `Session`; nothing below the doors uses `db.session`.
"""

import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Flask
from flask_babel import Babel
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy import BigInteger, Connection, Dialect, Engine, Integer, MetaData, event
from sqlalchemy.orm import DeclarativeBase, registry
from sqlalchemy.types import TypeDecorator

from portal import sqlite
from portal.clock import from_milliseconds, to_milliseconds

WRITES = "portal_writes"


class Moment(TypeDecorator[datetime]):
    """An aware UTC datetime, kept as whole milliseconds since 1970: one form in both databases, cheap to compare."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """Refuse naive datetimes by failing in the subtraction."""
        return None if value is None else to_milliseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give the aware moment back."""
        return None if value is None else from_milliseconds(value)


# SQLite numbers rows by itself only in INTEGER columns.
WholeNumber = BigInteger().with_variant(Integer(), "sqlite")


class Rows(DeclarativeBase):
    """The base of all tables, with names for every constraint so that Alembic can alter them."""

    registry = registry(
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_N_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
        type_annotation_map={datetime: Moment, int: WholeNumber},
    )


db = SQLAlchemy(model_class=Rows, session_options={"expire_on_commit": False})
migrate = Migrate(render_as_batch=True)
login = LoginManager()
csrf = CSRFProtect()
babel = Babel()


def bind_database(app: Flask) -> None:
    """Bind `db` to the app's database and teach its connections how the portal uses SQLite."""
    db.init_app(app)
    migrate.init_app(app, db)
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            _use_sqlite_well(db.engine, Path(str(db.engine.url.database)))


def _use_sqlite_well(engine: Engine, path: Path) -> None:
    """Open transactions ourselves: `BEGIN` to read, the file lock and `BEGIN IMMEDIATE` to write."""

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # else the driver begins transactions behind our back
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
