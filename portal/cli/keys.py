"""`flask keys`: keys from the shell."""

import json

import click
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from portal import clock
from portal.audit.events import SHELL
from portal.cli.issue_key import issue
from portal.cli.list_keys import list_keys
from portal.cli.pause_keys import pause, resume
from portal.cli.revoke_keys import revoke
from portal.cli.shell import acting, fail, refuse
from portal.errors import Refused
from portal.keys import finder, rotation
from portal.keys.description import describe
from portal.keys.models import Key
from portal.keys.overlaps import OVERLAPS, overlap_ends
from portal.keys.rotation import Rotated
from portal.site import change
from portal.site.settings import spell
from portal.web.pasted import without_secret
from portal.web.portal import portal

keys = AppGroup("keys", help="Issue, list, show, pause, resume, rotate and revoke keys.")
for command in (issue, list_keys, pause, resume, revoke):
    keys.add_command(command)


@keys.command("show")
@click.argument("public_id")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def show(public_id: str, as_json: bool) -> None:
    """Print everything about the key PUBLIC_ID but its secrets."""
    with acting() as session:
        key = _key_of(session, public_id)
        told = describe(key, change.current(session)) | {"paused_by": key.paused_by, "paused_reason": key.paused_reason}
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    rules = told.pop("rules")
    for name, value in (told | rules).items():
        click.echo(f"{name}: {_spelt(value)}")


@keys.command("rotate")
@click.argument("public_id")
@click.option(
    "--overlap",
    default="24h",
    show_default=True,
    help="How long the old secret works on: now, 1h, 24h, 7d, or a day or time.",
)
@click.option("--json", "as_json", is_flag=True, help="Print public_id and token as JSON.")
def rotate(public_id: str, overlap: str, as_json: bool) -> None:
    """Give the key PUBLIC_ID a new secret and print the token, which cannot be shown again."""
    try:
        ends = overlap_ends(overlap, clock.now())
    except ValueError:
        fail(f"{overlap} is not an overlap: it is one of {', '.join(OVERLAPS)}, or a day or time as 2030-12-31T08:00Z.")
    with acting() as session:
        site = change.current(session)
        key = _key_of(session, public_id)
        rotated = rotation.rotate(session, SHELL, key, ends, peppers=portal().peppers, site=site)
    match rotated:
        case Refused():
            refuse(rotated)
        case Rotated(_, token):
            click.echo(json.dumps({"public_id": key.public_id, "token": str(token)}) if as_json else str(token))


def _spelt(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_spelt(part)}" for name, part in value.items())
    if isinstance(value, list):
        return " ".join(value) or "none"
    return spell(value)


def _key_of(session: Session, public_id: str) -> Key:
    """Return the key, or end the command; of a pasted key only the public id is looked for and said."""
    text = without_secret(public_id)
    return finder.by_public_id(session, text) or fail(f"No key has the public id {text}.")
