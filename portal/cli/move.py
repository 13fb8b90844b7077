"""`flask data move`: carry an SQLite installation to PostgreSQL."""

import sys
from collections.abc import Callable
from contextlib import ExitStack, closing
from functools import partial

import click
from flask.cli import with_appcontext

from portal import clock, database
from portal.audit.chain import Break
from portal.cli.data import nobody_serving
from portal.cli.shell import fail, in_one_line
from portal.data_folder import DataFolder
from portal.extensions import db
from portal.move import moving
from portal.move.schema import make_tables
from portal.move.source import Snapshot
from portal.move.tables import LEFT_OUT
from portal.move.target import Target, check_server
from portal.web.audit_words import break_words
from portal.web.chain_walk import walk
from portal.web.portal import portal
from portal.whole_file import replace


@click.command("move")
@click.option("--to", "url", required=True, metavar="URL", help="postgresql+psycopg://user:password@host/database")
@click.option(
    "--with-broken-trail", is_flag=True, help="Accept that the audit trail does not hold, and move it as it is."
)
@with_appcontext
def move(url: str, *, with_broken_trail: bool) -> None:
    """Carry this installation from SQLite to the empty PostgreSQL database at URL, whole or not at all.

    Leave the password out of URL where others can see what runs here: PGPASSWORD or ~/.pgpass give it too.
    """
    if portal().settings.database_url is not None:
        fail("PORTAL_DATABASE_URL is set: this portal has left SQLite. Unset it to move what is in the data folder.")
    folder = portal().folder
    with in_one_line():
        target = Target(url)
        with database.one_at_a_time(folder), nobody_serving(folder):
            database.make_ready(folder, partial(click.echo, err=True))
            broken = _break(accepted=with_broken_trail)
            db.engine.dispose()
            with closing(Snapshot(folder.database)) as snapshot:
                compared = _move(snapshot, target, folder, broken)
                strangers = snapshot.strangers()
    _tell(compared, strangers, target, folder)


def _move(snapshot: Snapshot, target: Target, folder: DataFolder, broken: Break | None) -> dict[str, int]:
    """Move everything, and mark the data folder in the moment in which it has arrived."""
    with target.transaction() as connection:
        check_server(connection, target.name)
        moving.is_there(snapshot, connection, target.name)
    moving.refuse_misfits(snapshot, _telling)
    make_tables(target, folder)
    with ExitStack() as until_marked:
        with target.transaction() as connection:
            compared = moving.move(snapshot, connection, target.name, broken, _telling)
            until_marked.enter_context(snapshot.nobody_writes())
        _mark(folder, target)
    return compared


def _break(*, accepted: bool) -> Break | None:
    """Return where the audit trail does not hold, if that is accepted; end the command if it is not."""
    found = next((found for found in walk() if isinstance(found, Break)), None)
    if found is not None and not accepted:
        fail(f"{break_words(found)} To move it as it is, add --with-broken-trail.")
    return found


def _mark(folder: DataFolder, target: Target) -> None:
    words = f"Moved to {target.name} on {clock.now():%Y-%m-%d %H:%M:%S} UTC.\n"
    try:
        replace(folder.moved, words.encode())
    except OSError as error:
        fail(
            f"Everything was moved to {target.name}, but {folder.moved} cannot be written: {error.strerror}. "
            "Make room and repeat the command, which only compares then."
        )


def _tell(compared: dict[str, int], strangers: list[str], target: Target, folder: DataFolder) -> None:
    click.echo("Compared row for row, every column equal:")
    for table, rows in compared.items():
        click.echo(f"  {table:<18}{rows:>12,}")
    for table, why in LEFT_OUT.items():
        click.echo(f"Left out: {table}, because {why}.")
    for table in strangers:
        click.echo(f"Left out: {table!a}, because it is none of the portal's.")
    click.echo(f"All {sum(compared.values()):,} rows are in {target.name} now.")
    click.echo("Next: set PORTAL_DATABASE_URL to the address that you gave, for every process, and start the portal.")
    click.echo(f"Keep {folder.path}: the secrets and the journal of revocations in it are in use as before.")
    click.echo(f"{folder.database} stays as it is, and nothing starts on it. To go back to it, remove {folder.moved}.")


def _telling(what: str, table: str, total: int) -> Callable[[int], None]:
    """Return what shows how far one table is: a line that counts on a terminal, and elsewhere one when it is done."""
    return _Line(f"{what} {table}", total, is_live=sys.stderr.isatty()).add


class _Line:
    """One line of progress; an empty table has none."""

    def __init__(self, what: str, total: int, *, is_live: bool) -> None:
        self._what, self._total, self._is_live = what, total, is_live
        self._done = 0

    def add(self, more: int) -> None:
        """Count `more` rows, and show how far that is."""
        self._done += more
        is_all = self._done == self._total
        if self._total and (is_all or self._is_live):
            click.echo(self, nl=is_all, err=True)
        if self._is_live and not is_all:
            click.echo("\r", nl=False, err=True)  # whatever comes next is written over it

    def __str__(self) -> str:
        return f"{self._what}: {self._done:,} of {self._total:,}, {100 * self._done // self._total} %"
