"""`flask settings`: what an admin may change while the portal runs, from the shell."""

import click
from flask.cli import AppGroup

from portal.audit.events import SHELL
from portal.cli.shell import acting, fail, refuse
from portal.site import change
from portal.site.settings import SETTINGS, spell

settings = AppGroup("settings", help="Read and change the site's settings; no restart is needed.")


@settings.command("list")
def show_all() -> None:
    """Print every setting with its value."""
    with acting() as session:
        site = change.current(session)
    for name in SETTINGS:
        click.echo(f"{name} = {spell(getattr(site, name))}")


@settings.command("get")
@click.argument("name")
def get(name: str) -> None:
    """Print the value of the setting NAME."""
    if name not in SETTINGS:
        fail(f"There is no setting named {name}. There are {', '.join(SETTINGS)}.")
    with acting() as session:
        click.echo(spell(getattr(change.current(session), name)))


@settings.command("set")
@click.argument("name")
@click.argument("value")
def put(name: str, value: str) -> None:
    """Set the setting NAME to VALUE; everything that is judged from now on obeys."""
    with acting() as session:
        refusal = change.change(session, SHELL, name, value)
        site = change.current(session)
    if refusal is not None:
        refuse(refusal)
    click.echo(f"{name} = {spell(getattr(site, name))}")
