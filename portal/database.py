"""Makes the database ready for this code: migrations, with a copy made first, and the peppers that belong to it."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app
from sqlalchemy import Engine
from sqlalchemy.exc import DatabaseError

from portal import clock
from portal.backup import copy_database
from portal.config import ROOT
from portal.data_folder import DataFolder
from portal.errors import CannotStart
from portal.extensions import db
from portal.keys import journal
from portal.keys.known_peppers import recognize
from portal.keys.peppers import Peppers
from portal.web.unit_of_work import writing

Say = Callable[[str], None]


@contextmanager
def one_at_a_time(folder: DataFolder) -> Iterator[None]:
    """Let processes that start at the same moment on one folder take turns: schema and admin are made once."""
    file = os.open(folder.path / "prepare.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)


def make_ready(folder: DataFolder, say: Say) -> None:
    """Apply the migrations that are missing and check the peppers; says what takes long. Needs an app context
    and `one_at_a_time`.

    Raises:
        CannotStart: the database is newer than the code, or is none, or the pepper file is another database's.

    """
    (folder.path / journal.NAME).touch(mode=0o600)  # its absence then means that it was lost
    folder.database.touch(mode=0o600)  # SQLite itself would make it readable for everybody
    with _one_line_on_failure(folder.database):
        _migrate(db.engine, folder.database, say)
        with writing() as session:
            refused = recognize(session, Peppers(folder.read_peppers()))
    if refused is not None:
        what = "is missing from it" if refused.reason == "pepper-missing" else "is another one in it"
        raise CannotStart(
            f"The pepper file {folder.peppers} does not fit the database: pepper {refused.detail['number']}, "
            f"which keys were made with, {what}. Put the right file back."
        )


def _migrate(engine: Engine, database: Path, say: Say) -> None:
    config: Config = current_app.extensions["migrate"].migrate.get_config(str(ROOT / "migrations"))
    scripts = ScriptDirectory.from_config(config)
    present, newest = _revision(engine), scripts.get_current_head()
    if present == newest:
        return
    if present is None:
        say("Making the database …")
    else:
        _check_known(present, scripts, database)
        copy = _copy(database, present)
        say(f"Updating the database from {present} to {newest}; as it was, it is kept in {copy} …")
    command.upgrade(config, "head")


def _revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def _check_known(present: str, scripts: ScriptDirectory, database: Path) -> None:
    if present not in {script.revision for script in scripts.walk_revisions()}:
        raise CannotStart(
            f"The database {database} is newer than this code: it stands at {present}, "
            f"and this code knows up to {scripts.get_current_head()}. Start the newer portal."
        )


def _copy(database: Path, revision: str) -> Path:
    folder = database.parent / "copies"
    folder.mkdir(mode=0o700, exist_ok=True)
    target = folder / f"portal-{revision}-{clock.now():%Y%m%dT%H%M%SZ}.db"
    copy_database(database, target)
    return target


@contextmanager
def _one_line_on_failure(database: Path) -> Iterator[None]:
    try:
        yield
    except DatabaseError as error:
        raise CannotStart(f"The database {database} cannot be used: {error.orig}.") from error
