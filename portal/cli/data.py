"""`flask data`: back the data folder up, and put a backup back."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from flask.cli import AppGroup

from portal import backup
from portal.audit.events import SHELL
from portal.cli.shell import acting, fail, in_one_line, prepare
from portal.data_folder import DataFolder
from portal.extensions import db
from portal.keys import finder, journal, lifecycle
from portal.web.portal import portal

data = AppGroup("data", help="Back up and restore the data folder.")

path_argument = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))


@data.command("backup")
@path_argument
def back_up(file: Path) -> None:
    """Write the database and the peppers to FILE, also while the portal runs."""
    prepare()
    with in_one_line():
        backup.write(portal().folder, file)
    click.echo(f"Wrote {file}. With it, keys can be verified and made: keep it as safe as the data folder.")


@data.command("restore")
@path_argument
@click.option("--without-journal", is_flag=True, help="Accept that keys revoked since the backup work again.")
def restore(file: Path, without_journal: bool) -> None:
    """Put the backup FILE back, and keep revoked what was revoked since."""
    folder = portal().folder
    with in_one_line(), _nobody_serving(folder):
        opened = backup.check(file)
        revoked = _journal(folder, without_journal=without_journal)
        db.engine.dispose()
        kept = backup.put_back(opened, folder)
        click.echo(f"Restored {file}, made {opened.made_at:%Y-%m-%d %H:%M:%S} UTC. What was here is kept in {kept}.")
        _revoke_again(revoked)
    click.echo("Everybody signs in again. Passwords are those of the backup.")


def _journal(folder: DataFolder, *, without_journal: bool) -> list[str]:
    try:
        return journal.read(folder.path / journal.NAME)
    except FileNotFoundError:
        if without_journal:
            return []
        fail(
            f"{folder.path / journal.NAME} is missing: keys revoked since the backup would work again. "
            "Copy it here, or accept that with --without-journal."
        )


def _revoke_again(public_ids: list[str]) -> None:
    with acting() as session:
        for public_id in public_ids:
            key = finder.by_public_id(session, public_id)
            if key is not None and lifecycle.revoke(session, SHELL, key, "Revoked before a backup was restored."):
                click.echo(f"Still revoked: {public_id} ({key.name}, {key.owner.email})")


@contextmanager
def _nobody_serving(folder: DataFolder) -> Iterator[None]:
    """Hold the ticker's lock: a server that runs has it, and none begins to tick meanwhile."""
    file = os.open(folder.path / "tick.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        fail("The portal is running on this data folder. Stop it first.")
    finally:
        os.close(file)
