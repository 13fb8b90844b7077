"""Makes the database ready for this code: migrations, with a copy made first, its peppers, and its journal."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask, current_app
from sqlalchemy import URL, Engine
from sqlalchemy.exc import DatabaseError

from portal import clock
from portal.backup import copy_database
from portal.config import ROOT
from portal.data_folder import DataFolder
from portal.errors import CannotStart
from portal.extensions import bind_database, db
from portal.file_lock import FileLock
from portal.keys import journal
from portal.keys.known_peppers import recognize
from portal.keys.peppers import Peppers
from portal.keys.reconcile import reconcile
from portal.web.long_acts import broken_acts, finish_what_was_begun
from portal.web.unit_of_work import writing

Say = Callable[[str], None]


def one_at_a_time(folder: DataFolder) -> AbstractContextManager[None]:
    """Let processes that start at the same moment on one folder take turns: schema and admin are made once."""
    return FileLock(folder.path / "prepare.lock").held()


def bound_app(folder: DataFolder) -> Flask:
    """Return the least of an app that `make_ready` needs: no pages, no sign-in, so a start stays quick."""
    app = Flask("portal")
    app.config["SQLALCHEMY_DATABASE_URI"] = URL.create("sqlite", database=str(folder.database.absolute()))
    bind_database(app, folder)
    return app


def make_ready(folder: DataFolder, say: Say, *, keeps_copy: bool = True) -> None:
    """Apply the missing migrations, check the peppers, and hold the journal against the keys; says what is unusual.

    Needs an app context and `one_at_a_time`.

    Raises:
        CannotStart: the database is gone, newer than the code, or none, or the pepper file is another database's.

    """
    _check_not_lost(folder)
    folder.database.touch(mode=0o600)  # SQLite itself would make it readable for everybody
    peppers = Peppers(folder.read_peppers())
    with _one_line_on_failure(folder.database):
        is_new = _migrate(db.engine, folder, say, keeps_copy=keeps_copy)
        _check_peppers(folder, peppers)
        if journal.begin(folder.journal, peppers) and not is_new:
            say(f"{folder.journal} was missing and begins anew; earlier backups need the one that was lost.")
        _hold_against_journal(folder, peppers, say)


def _check_not_lost(folder: DataFolder) -> None:
    """Begin no new database where there was one: its keys would all be unknown, and a stranger's admin be made."""
    is_there = folder.database.exists() and folder.database.stat().st_size
    if folder.journal.exists() and not is_there:
        raise CannotStart(
            f"The database {folder.database} is gone, and {folder.journal} is still there. Put it back, or restore a "
            "backup; to begin with an empty one, move the journal away."
        )


def _hold_against_journal(folder: DataFolder, peppers: Peppers, say: Say) -> None:
    with writing() as session:
        keys = reconcile(session, folder.journal, peppers)
    for key in keys:
        say(f"Revoked {key.public_id}, as {folder.journal} says.")


def finish_acts(say: Say) -> None:
    """Do to its end what a process that died had decided. Needs an app context and a database that is ready."""
    keys = finish_what_was_begun(timedelta(0))
    if keys:
        say(f"Stopped {keys} keys, as was decided before the last process ended.")
    for number in broken_acts():
        say(f"Row {number} of long_act cannot be done: nobody decided it here. Delete it.")


def _check_peppers(folder: DataFolder, peppers: Peppers) -> None:
    with writing() as session:
        refused = recognize(session, peppers)
    if refused is not None:
        what = "is missing from it" if refused.reason == "pepper-missing" else "is another one in it"
        raise CannotStart(
            f"The pepper file {folder.peppers} does not fit the database: pepper {refused.detail['number']}, "
            f"which keys were made with, {what}. Put the right file back."
        )


def check_known(revision: str, database: Path) -> None:
    """Make sure that this code knows the migration at which the database stands. Needs an app context.

    Raises:
        CannotStart: the database is newer than the code.

    """
    scripts = ScriptDirectory.from_config(_alembic())
    if revision not in {script.revision for script in scripts.walk_revisions()}:
        raise CannotStart(
            f"The database {database} is newer than this code: it stands at {revision}, "
            f"and this code knows up to {scripts.get_current_head()}. Start the newer portal."
        )


def _migrate(engine: Engine, folder: DataFolder, say: Say, *, keeps_copy: bool) -> bool:
    """Apply the migrations that are missing; return whether the database is a new one."""
    config = _alembic()
    present, newest = _revision(engine), ScriptDirectory.from_config(config).get_current_head()
    if present == newest:
        return False
    if present is None:
        say("Making the database …")
    else:
        check_known(present, folder.database)
        kept = f"; as it was, it is kept in {_copy(folder, present)}" if keeps_copy else ""
        say(f"Updating the database from {present} to {newest}{kept} …")
    command.upgrade(config, "head")
    return present is None


def _alembic() -> Config:
    config: Config = current_app.extensions["migrate"].migrate.get_config(str(ROOT / "migrations"))
    return config


def _revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def _copy(folder: DataFolder, revision: str) -> Path:
    target = folder.copies() / f"portal-{revision}-{clock.now():%Y%m%dT%H%M%SZ}.db"
    copy_database(folder.database, target)
    return target


@contextmanager
def _one_line_on_failure(database: Path) -> Iterator[None]:
    try:
        yield
    except DatabaseError as error:
        raise CannotStart(f"The database {database} cannot be used: {error.orig}.") from error
