"""Makes the database ready for this code: migrations, with a copy made first, its peppers, and its journal."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

from flask import Flask, current_app
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from portal import clock, schema, sqlite
from portal.backup import copy_database
from portal.data_folder import DataFolder
from portal.errors import CannotStart, Refused
from portal.extensions import NAME, bind_database, database_config, db
from portal.file_lock import FileLock
from portal.keys import journal
from portal.keys.known_peppers import misfit, recognize
from portal.keys.peppers import Peppers
from portal.keys.reconcile import reconcile
from portal.web.long_acts import LEFT_BEHIND, broken_acts, finish_what_was_begun
from portal.web.unit_of_work import writing

Say = Callable[[str], None]
_TURN_SECONDS = 60


@contextmanager
def one_at_a_time(folder: DataFolder, address: str | None = None) -> Iterator[None]:
    """Let processes that start at the same moment take turns: schema and admin are made once.

    They are those that use the data folder, and those of all machines that use the PostgreSQL at `address`.

    Raises:
        CannotStart: PostgreSQL is out of reach, or others took more than a minute.

    """
    with ExitStack() as turns:
        turns.enter_context(FileLock(folder.path / "prepare.lock").held())
        if address is not None:
            turns.enter_context(_one_of_all_machines(address))
        yield


@contextmanager
def _one_of_all_machines(address: str) -> Iterator[None]:
    from psycopg import Error  # noqa: PLC0415  # as below

    from portal import postgres  # noqa: PLC0415  # 8 MB that only PostgreSQL needs

    where = postgres.name_of(address)
    with ExitStack() as turn:
        try:
            connection = turn.enter_context(postgres.held(address, postgres.Lock.PREPARE, _TURN_SECONDS))
            why = postgres.unfit(connection)
        except Error as error:
            why = postgres.one_line(error)
        if why is not None:
            raise CannotStart(f"The database {where} cannot be used: {why}.")
        yield


def bound_app(folder: DataFolder, address: str | None = None) -> Flask:
    """Return the least of an app that `make_ready` needs: no pages, no sign-in, so a start stays quick."""
    app = Flask("portal")
    app.config.update(database_config(folder, address))
    bind_database(app, folder)
    return app


def make_ready(folder: DataFolder, say: Say, *, keeps_copy: bool = True) -> None:
    """Apply the missing migrations, check the peppers, and hold the journal against the keys; says what is unusual.

    Needs an app context and `one_at_a_time`. Nothing is written before it is known that the database is this folder's.

    Raises:
        CannotStart: the database is gone, newer than the code, or none, or the pepper file is another database's.

    """
    if is_sqlite():
        _check_not_lost(folder)
        folder.database.touch(mode=0o600)  # SQLite itself would make it readable for everybody
    peppers = Peppers(folder.read_peppers())
    with _one_line_on_failure():
        present = schema.revision()
        if present is None and not is_sqlite():
            _check_not_emptied(folder)
        if present is not None:
            schema.check_known(present, name())
            _check_peppers(folder, peppers, misfit)
        _migrate(present, folder, say, keeps_copy=keeps_copy)
        _check_peppers(folder, peppers, recognize)
        if journal.begin(folder.journal, peppers) and present is not None:
            say(_anew(folder.journal))
        _hold_against_journal(folder, peppers, say)


def is_sqlite() -> bool:
    """Return whether the app's database is the one in its data folder."""
    return db.engine.dialect.name == "sqlite"


def name() -> str:
    """Return how to speak of the app's database: a path, or a name and a machine; never with a password."""
    return str(current_app.config.get(NAME) or db.engine.url.database)


def about() -> str:
    """Return what a start says about the database that it found. Needs an app context and a database that is ready."""
    if is_sqlite():
        return sqlite.about()
    version = db.engine.dialect.server_version_info or ()
    return f"PostgreSQL {'.'.join(map(str, version))}: {name()}."


def _anew(path: Path) -> str:
    if is_sqlite():
        return f"{path} was missing and begins anew; earlier backups need the one that was lost."
    return f"{path} begins with this start, with every key that is revoked by now."


def _check_not_lost(folder: DataFolder) -> None:
    """Begin no new database where there was one: its keys would all be unknown, and a stranger's admin be made."""
    folder.check_not_moved()
    is_there = folder.database.exists() and folder.database.stat().st_size
    if folder.journal.exists() and not is_there:
        raise CannotStart(
            f"The database {folder.database} is gone, and {folder.journal} is still there. Put it back, or restore a "
            "backup; to begin with an empty one, move the journal away."
        )


def _check_not_emptied(folder: DataFolder) -> None:
    """Check the same of PostgreSQL; there it may also be that nobody has moved what the data folder holds."""
    if folder.journal.exists():
        raise CannotStart(
            f"The database {name()} is empty, and {folder.journal} is of a portal that had one. Put its dump back, or "
            "carry it over from SQLite with flask data move; to begin with an empty one, move the journal away."
        )


def _hold_against_journal(folder: DataFolder, peppers: Peppers, say: Say) -> None:
    with writing() as session:
        keys = reconcile(session, folder.journal, peppers)
    for key in keys:
        say(f"Revoked {key.public_id}, as {folder.journal} says.")


def finish_acts(say: Say) -> None:
    """Do to its end what a process that died had decided. Needs an app context and a database that is ready."""
    keys = finish_what_was_begun(timedelta(0) if is_sqlite() else LEFT_BEHIND)  # others may be at it on PostgreSQL
    if keys:
        say(f"Stopped {keys} keys, as was decided before the last process ended.")
    for number in broken_acts():
        say(f"Row {number} of long_act cannot be done: nobody decided it here. Delete it.")


def _check_peppers(folder: DataFolder, peppers: Peppers, check: Callable[[Session, Peppers], Refused | None]) -> None:
    with writing() as session:
        refused = check(session, peppers)
    if refused is None:
        return
    what = "is missing from it" if refused.reason == "pepper-missing" else "is another one in it"
    mend = "Put the right file back."
    if not is_sqlite():
        mend = f"Copy the folder secrets of the machine that has used this database to {folder.path}."
    raise CannotStart(
        f"The pepper file {folder.peppers} does not fit the database: pepper {refused.detail['number']}, "
        f"which keys were made with, {what}. {mend}"
    )


def _migrate(present: str | None, folder: DataFolder, say: Say, *, keeps_copy: bool) -> None:
    """Apply the migrations that are missing to a database that stands at `present`."""
    newest = schema.newest_revision()
    if present == newest:
        return
    if present is None:
        say("Making the database …")
    else:
        is_kept = keeps_copy and is_sqlite()
        kept = f"; as it was, it is kept in {_copy(folder, present)}" if is_kept else ""
        say(f"Updating the database from {present} to {newest}{kept} …")
    schema.upgrade()


def _copy(folder: DataFolder, revision: str) -> Path:
    target = folder.copies() / f"portal-{revision}-{clock.now():%Y%m%dT%H%M%SZ}.db"
    copy_database(folder.database, target)
    return target


@contextmanager
def _one_line_on_failure() -> Iterator[None]:
    try:
        yield
    except DatabaseError as error:
        said = " ".join(str(error.orig).split()).removesuffix(".")
        raise CannotStart(f"The database {name()} cannot be used: {said}.") from error
