"""`flask users`: accounts from the shell."""

import click
from flask import current_app, url_for
from flask.cli import AppGroup

from portal.accounts import invitations, membership
from portal.audit.events import SHELL
from portal.cli.shell import acting, fail, person_of, read_password, refuse
from portal.config import SignUp
from portal.errors import Refused
from portal.keys import sign_outs
from portal.web.portal import portal

users = AppGroup("users", help="Make accounts, set passwords, invite.")

password_stdin = click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
admin = click.option("--admin", is_flag=True, help="The person may administer the portal.")


@users.command("create")
@click.argument("email")
@admin
@password_stdin
def create(email: str, admin: bool, password_stdin: bool) -> None:
    """Make an account for EMAIL."""
    password_hash = read_password(email, from_stdin=password_stdin)
    with acting() as session:
        made = membership.create(session, SHELL, email, password_hash, is_admin=admin)
    if isinstance(made, Refused):
        refuse(made)
    click.echo(f"Made an account for {made.email}.")


@users.command("password")
@click.argument("email")
@password_stdin
def password(email: str, password_stdin: bool) -> None:
    """Give EMAIL a new password and sign them out everywhere."""
    with acting() as session:
        email = person_of(session, email).email
    password_hash = read_password(email, from_stdin=password_stdin)
    with acting() as session:
        person = person_of(session, email)
        membership.change_password(session, SHELL, person, password_hash)
        sign_outs.end_all(session, SHELL, person)
    click.echo(f"Changed the password of {email}; every browser is signed out.")


@users.command("invite")
@click.argument("email")
@admin
def invite(email: str, admin: bool) -> None:
    """Print a one-time link on which EMAIL sets a password."""
    if portal().settings.sign_up is SignUp.OFF:
        fail("PORTAL_SIGN_UP is off, so an invitation would open nothing. Make the account with `flask users create`.")
    with acting() as session:
        token = invitations.invite(session, SHELL, email, is_admin=admin)
    if isinstance(token, Refused):
        refuse(token)
    with current_app.test_request_context(base_url=portal().settings.site_url):
        click.echo(url_for("sign_in.invitation", token=token, _external=True))
