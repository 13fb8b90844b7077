"""`flask users`: accounts from the shell."""

import click
from flask import current_app, url_for
from flask.cli import AppGroup

from portal.accounts import invitations, membership, standing
from portal.audit.events import SHELL
from portal.cli.list_users import list_users
from portal.cli.shell import acting, person_of, read_password, refuse
from portal.config import SignUp
from portal.errors import Refused
from portal.keys import delete_account, sign_outs
from portal.usage.forget import forget_person
from portal.web.portal import portal
from portal.web.sign_up import who_may_sign_up

users = AppGroup("users", help="List, make, disable, enable and delete accounts, set passwords, invite, make admins.")
users.add_command(list_users)

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
    with acting() as session:
        if who_may_sign_up() is SignUp.OFF:
            refuse(Refused("sign-up-off"))
        token = invitations.invite(session, SHELL, email, is_admin=admin)
    if isinstance(token, Refused):
        refuse(token)
    with current_app.test_request_context(base_url=portal().settings.site_url):
        click.echo(url_for("sign_in.invitation", token=token, _external=True))


@users.command("disable")
@click.argument("email")
def disable(email: str) -> None:
    """Refuse EMAIL and all their keys until they are enabled again."""
    with acting() as session:
        person = person_of(session, email)
        refusal = sign_outs.disable(session, SHELL, person)
    if refusal is not None:
        refuse(refusal)
    click.echo(f"Disabled {person.email}; every browser is signed out, and no key of theirs is let in.")


@users.command("enable")
@click.argument("email")
def enable(email: str) -> None:
    """Let EMAIL sign in again, and their keys work as before."""
    with acting() as session:
        person = person_of(session, email)
        standing.enable(session, SHELL, person)
    click.echo(f"Enabled {person.email}.")


@users.command("make-admin")
@click.argument("email")
def make_admin(email: str) -> None:
    """Let EMAIL administer the portal."""
    with acting() as session:
        person = person_of(session, email)
        standing.make_admin(session, SHELL, person)
    click.echo(f"{person.email} administers the portal.")


@users.command("unmake-admin")
@click.argument("email")
def unmake_admin(email: str) -> None:
    """Let EMAIL administer the portal no more."""
    with acting() as session:
        person = person_of(session, email)
        refusal = standing.unmake_admin(session, SHELL, person)
    if refusal is not None:
        refuse(refusal)
    click.echo(f"{person.email} administers the portal no more.")


@users.command("delete")
@click.argument("email")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(email: str, yes: bool) -> None:
    """Revoke every key of EMAIL and delete the account; this cannot be undone."""
    with acting() as session:
        email = person_of(session, email).email
    if not yes:
        click.confirm(f"Revoke every key of {email} and delete the account?", abort=True, err=True)
    with acting() as session:
        person = person_of(session, email)
        refusal = delete_account.delete_account(session, SHELL, person)
        if refusal is None:
            forget_person(session, person.id)
    if refusal is not None:
        refuse(refusal)
    click.echo(f"Deleted the account of {email}.")
