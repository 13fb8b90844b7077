"""Brings the database to the form that this code expects, with a copy made first."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app
from sqlalchemy import Engine
from sqlalchemy.exc import DatabaseError

from portal import clock
from portal.config import ROOT
from portal.errors import CannotStart
from portal.server.voice import say


def bring_up_to_date(engine: Engine, database: Path) -> None:
    """Apply the migrations that are missing; an app context must be open.

    Raises:
        CannotStart: the database is newer than the code, or is none.

    """
    config: Config = current_app.extensions["migrate"].migrate.get_config(str(ROOT / "migrations"))
    scripts = ScriptDirectory.from_config(config)
    with _one_line_on_failure(database):
        present, newest = _revision(engine, database), scripts.get_current_head()
        if present == newest:
            return
        if present is None:
            say("Making the database …")
        else:
            _check_known(present, scripts, database)
            copy = _copy(database, present)
            say(f"Updating the database from {present} to {newest}; as it was, it is kept in {copy} …")
        command.upgrade(config, "head")


def _revision(engine: Engine, database: Path) -> str | None:
    database.touch(mode=0o600)  # SQLite itself would make it readable for everybody
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def _check_known(present: str, scripts: ScriptDirectory, database: Path) -> None:
    if present not in {script.revision for script in scripts.walk_revisions()}:
        raise CannotStart(
            f"The database {database} is newer than this code: it stands at {present}, "
            f"and this code knows up to {scripts.get_current_head()}. Start the newer portal."
        )


def _copy(database: Path, revision: str) -> Path:
    """Copy the database as one consistent whole, also while another server uses it."""
    folder = database.parent / "copies"
    folder.mkdir(mode=0o700, exist_ok=True)
    target = folder / f"portal-{revision}-{clock.now():%Y%m%dT%H%M%SZ}.db"
    target.touch(mode=0o600)
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
    return target


@contextmanager
def _one_line_on_failure(database: Path) -> Iterator[None]:
    try:
        yield
    except DatabaseError as error:
        raise CannotStart(f"The database {database} cannot be used: {error.orig}.") from error
