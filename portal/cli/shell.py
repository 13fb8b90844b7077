"""What every command needs: a prepared database, one transaction, and faults said in one line."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import NoReturn

import click
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from portal import database
from portal.accounts import membership, passwords
from portal.accounts.models import Person
from portal.errors import PortalError, Refused
from portal.web.portal import portal
from portal.web.sentences import explain
from portal.web.unit_of_work import writing


@contextmanager
def in_one_line() -> Iterator[None]:
    """End the command with one line when the portal has a fault."""
    try:
        yield
    except PortalError as error:
        fail(str(error))
    except OperationalError as error:
        fail(f"The database {database.name()} cannot be used: {' '.join(str(error.orig).split())}")


def prepare() -> None:
    """Make the database ready: a command may come before the first start of the server."""
    folder, where = portal().folder, portal().settings.postgres_address
    with in_one_line():
        if where is None:
            folder.check_not_moved()
        with database.one_at_a_time(folder, where):
            database.make_ready(folder, partial(click.echo, err=True))


@contextmanager
def acting() -> Iterator[Session]:
    """Give a session on a prepared database that commits at the end."""
    prepare()
    with in_one_line(), writing() as session:
        yield session


def refuse(refused: Refused) -> NoReturn:
    """End the command with the refusal's sentence."""
    fail(explain(refused))


def fail(sentence: str) -> NoReturn:
    """End the command with one line on stderr and status 1."""
    raise click.ClickException(sentence)


def person_of(session: Session, email: str) -> Person:
    """Return the person with that e-mail, or end the command."""
    person = membership.by_email(session, email)
    if person is None:
        fail(f"No account has the e-mail {email}. (The data folder is {portal().folder.path}.)")
    return person


def read_password(email: str, *, from_stdin: bool) -> bytes:
    """Return the hash of the password on stdin, or of one typed twice; end the command when it is weak."""
    if from_stdin:
        password = sys.stdin.read().removesuffix("\n")
    else:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    weakness = passwords.weakness(password, email)
    if weakness is not None:
        refuse(Refused(weakness))
    return passwords.hash_password(password)
