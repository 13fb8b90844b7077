"""`flask devdata`: fills a database with invented people and keys, to see and to measure the portal at size."""

import os
import secrets
import sys
from contextlib import closing
from pathlib import Path

import click
from flask.cli import with_appcontext

from portal import sqlite
from portal.accounts import passwords
from portal.audit.events import SHELL
from portal.cli.shell import acting, in_one_line, read_password, refuse
from portal.devdata import filling
from portal.devdata.filling import Filling
from portal.devdata.scene import Wish
from portal.errors import Refused
from portal.web.portal import portal
from portal.web.unit_of_work import writing

_TOKENS = 1_000
_PASSWORD_BYTES = 15
_CHECKPOINT_EVERY = 4  # slices
_MOST = 10_000_000


@click.command("devdata")
@click.option("--keys", type=click.IntRange(0, _MOST), required=True, help="How many keys.")
@click.option("--users", type=click.IntRange(1, _MOST), required=True, help="How many people own them.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed invents the same.")
@click.option("--add", is_flag=True, help="Fill a database that is not empty.")
@click.option("--tokens", type=click.Path(dir_okay=False, path_type=Path), help="Write some of the tokens to it.")
@click.option("--password-stdin", is_flag=True, help="Read everybody's password from standard input.")
@with_appcontext
def devdata(keys: int, users: int, seed: int, *, add: bool, tokens: Path | None, password_stdin: bool) -> None:
    """Fill an empty database with invented people and keys. Never do this where real ones are, or will be."""
    password, password_hash = _password(from_stdin=password_stdin)
    wish = Wish(
        keys, users, seed, password_hash, portal().settings.key_prefix, portal().peppers, _TOKENS if tokens else 0
    )
    with acting() as session:
        begun = filling.begin(session, SHELL, wish, add=add)
    if isinstance(begun, Refused):
        refuse(begun)
    with in_one_line():
        _fill(begun, keys + users)
    click.echo(f"Made {keys} keys of {users} people, all with the password {password}.")
    click.echo(f"Sign in as {begun.admin}, an admin{f', or as {begun.someone}' if begun.someone else ''}.")
    if tokens is not None:
        _write(tokens, begun.tokens)


def _password(*, from_stdin: bool) -> tuple[str, bytes]:
    """Return what to say of the password that everybody gets, and its hash."""
    if from_stdin:
        return "from standard input", read_password("", from_stdin=True)
    password = secrets.token_urlsafe(_PASSWORD_BYTES)
    return f"{password} (shown only now)", passwords.hash_password(password)


def _fill(fill: Filling, length: int) -> None:
    """Write slice by slice, and keep the write-ahead log from growing with them."""
    with click.progressbar(length=length, label="Inventing", file=sys.stderr) as bar:
        for number in range(fill.slices):
            with writing() as session:
                done = fill.write_next(session)
            bar.update(done)
            if number % _CHECKPOINT_EVERY == 0:
                _checkpoint()
    with writing() as session:
        fill.finish(session, SHELL)
    _checkpoint()


def _checkpoint() -> None:
    if portal().settings.database_url is not None:
        return  # PostgreSQL does so by itself
    database = portal().folder.database
    with closing(sqlite.connect(database)) as connection:
        sqlite.checkpoint(connection, sqlite.WriteLock(database))


def _write(path: Path, tokens: list[str]) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        os.fchmod(descriptor, 0o600)
        file.writelines(f"{token}\n" for token in tokens)
    click.echo(f"Wrote {len(tokens)} tokens to {path}. Each of them opens a key.")
