"""`flask data`: back the data folder up, and put a backup back."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NoReturn

import click
from flask.cli import AppGroup

from portal import backup, database, restore, schema
from portal.audit.events import SHELL
from portal.cli.shell import fail, in_one_line, prepare
from portal.data_folder import DataFolder
from portal.errors import Refused
from portal.extensions import db
from portal.file_lock import FileLock
from portal.keys import journal, reconcile
from portal.keys.peppers import Peppers
from portal.web.portal import portal
from portal.web.unit_of_work import writing

data = AppGroup("data", help="Back up and restore the data folder.")

path_argument = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))

GAPS = {
    "journal-missing": "is missing",
    "journal-foreign": "is not the journal of this installation",
    "journal-younger": "was begun after the backup was made",
}


@data.command("backup")
@path_argument
def back_up(file: Path) -> None:
    """Write the database and the peppers to FILE, also while the portal runs."""
    _only_of_sqlite()
    prepare()
    with in_one_line():
        backup.write(portal().folder, file)
    click.echo(f"Wrote {file}. With it, keys can be verified and made: keep it as safe as the data folder.")


@data.command("restore")
@path_argument
@click.option("--without-journal", is_flag=True, help="Accept that keys revoked since the backup may work again.")
def put_back(file: Path, without_journal: bool) -> None:
    """Put the backup FILE back, and keep revoked what was revoked since."""
    _only_of_sqlite()
    folder = portal().folder
    with in_one_line(), database.one_at_a_time(folder), nobody_serving(folder), restore.unpacked(file, folder) as new:
        schema.check_known(new.revision, file)
        gap = journal.check(folder.journal, new.peppers, since=new.made_at)
        if gap is not None and not without_journal:
            _refuse(gap, folder.journal)
        revoked = [*journal.read(folder.journal), *restore.revoked_in(folder.database)]
        still_revoked = _finish(new.draft, revoked)
        db.engine.dispose()
        begins_anew = gap is not None and gap.reason != "journal-younger"
        kept = restore.put_back(new.draft, folder, with_journal=begins_anew)
    # Said when all is done: a closed pipe ends the command at the first line.
    click.echo(f"Restored {file}, made {new.made_at:%Y-%m-%d %H:%M:%S} UTC. What was here is kept in {kept}.")
    for key in still_revoked:
        click.echo(f"Still revoked: {key}")
    click.echo("Everybody signs in again. Passwords are those of the backup.")


def _only_of_sqlite() -> None:
    """End the command where the database has tools of its own."""
    if portal().settings.database_url is not None:
        secrets = portal().folder.peppers.parent
        fail(f"The database is PostgreSQL: use pg_dump and pg_restore, and keep a copy of {secrets} with each dump.")


def _refuse(gap: Refused, path: Path) -> NoReturn:
    fail(
        f"{path} {GAPS[gap.reason]}: keys revoked since the backup would work again. "
        "Copy the right one here, or accept that with --without-journal."
    )


def _finish(draft: DataFolder, revoked: list[str]) -> list[str]:
    """Make the draft ready for this code and revoke these keys in it; return how to call those that lived in it."""
    with database.bound_app(draft).app_context():
        journal.begin(draft.journal, Peppers(draft.read_peppers()))
        database.make_ready(draft, partial(click.echo, err=True), keeps_copy=False)
        with writing() as session:
            keys = reconcile.revoke_all(session, SHELL, revoked, "Revoked before a backup was restored.")
            names = [f"{key.public_id} ({key.name}, {key.owner.email})" for key in keys]
        db.engine.dispose()
    return names


@contextmanager
def nobody_serving(folder: DataFolder) -> Iterator[None]:
    """Hold the ticker's lock: a server that runs has it, and none begins to tick meanwhile."""
    turn = FileLock(folder.path / "tick.lock")
    if not turn.take():
        fail("The portal is running on this data folder. Stop it first.")
    try:
        yield
    finally:
        turn.release()
