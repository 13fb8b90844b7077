"""`flask apps`: connected apps, which get short-lived keys of the people who open them."""

import json
import re
from datetime import timedelta
from typing import Any

import click
from flask.cli import AppGroup

from portal.audit.events import SHELL
from portal.cli.rule_options import rule_options, take_rules
from portal.cli.shell import acting, fail, refuse
from portal.errors import Refused
from portal.handover import apps as jobs
from portal.handover.apps import Added, WantedApp
from portal.site import change
from portal.web.portal import portal

apps = AppGroup("apps", help="Connect apps, list them, remove them.")

_LIFETIME = re.compile(r"([0-9]{1,4})([mhd])", re.ASCII)
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


@apps.command("add")
@click.argument("name")
@click.option("--launch", required=True, help="The address at which it is opened, and to which the code is sent.")
@click.option("--lifetime", default="1h", show_default=True, help="How long each key lives: 30m, 8h or 7d.")
@rule_options
@click.option("--json", "as_json", is_flag=True, help="Print app and secret as JSON.")
def add(name: str, launch: str, lifetime: str, as_json: bool, **options: Any) -> None:
    """Connect the app NAME and print its id and its secret, which cannot be shown again."""
    rules, installation = take_rules(options), portal()
    with acting() as session:
        site = change.current(session)
        wanted = WantedApp(name, launch, rules.policy(site), _lifetime(lifetime))
        added = jobs.add(
            session, SHELL, wanted, prefix=installation.settings.key_prefix, peppers=installation.peppers, site=site
        )
    match added:
        case Refused():
            refuse(added)
        case Added(app, secret):
            told = {"app": app.public_id, "secret": str(secret)}
            click.echo(json.dumps(told) if as_json else f"{app.public_id} {secret}")


@apps.command("list")
def show_all() -> None:
    """Print every connected app: its id, its address, its name."""
    with acting() as session:
        for app in jobs.living(session):
            click.echo(f"{app.public_id} {app.launch_url} {app.name}")


@apps.command("remove")
@click.argument("public_id")
def remove(public_id: str) -> None:
    """Disconnect the app PUBLIC_ID; keys that it has live on until they expire or are revoked."""
    with acting() as session:
        app = jobs.find(session, public_id)
        if app is None:
            fail(f"There is no connected app {public_id}.")
        jobs.remove(session, SHELL, app)
    click.echo(f"Removed {app.name}.")


def _lifetime(text: str) -> timedelta:
    written = _LIFETIME.fullmatch(text)
    if written is None:
        fail(f"{text} is not a lifetime: write one as 30m, 8h or 7d.")
    return int(written[1]) * _UNITS[written[2]]
