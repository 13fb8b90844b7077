"""`flask keys`: keys from the shell."""

import json
from collections.abc import Callable
from datetime import timedelta

import click
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from portal import clock
from portal.audit.events import SHELL, Actor
from portal.cli.shell import acting, fail, person_of, refuse
from portal.errors import Refused
from portal.keys import finder, issuing, lifecycle
from portal.keys.issuing import Issued, Wanted
from portal.keys.models import Key
from portal.site import change
from portal.site.settings import SiteSettings, end_of_day
from portal.web.portal import portal

CEILINGS = SiteSettings()

keys = AppGroup("keys", help="Issue, pause, resume and revoke keys.")


@keys.command("issue")
@click.argument("email")
@click.option("--name", required=True, help="One for each application.")
@click.option(
    "--expires-in-days", "days", type=click.IntRange(1, CEILINGS.longest_days), default=CEILINGS.default_days,
    show_default=True, help="The key works on the whole of its last day (UTC).",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print public_id and token as JSON.")
def issue(email: str, name: str, days: int, as_json: bool) -> None:
    """Make a key of EMAIL and print its token, which cannot be shown again."""
    installation = portal()
    with acting() as session:
        site = change.current(session)
        wanted = Wanted(name, site.new_policy(), end_of_day(clock.now() + timedelta(days=days)))
        issued = issuing.issue(
            session, SHELL, person_of(session, email), wanted,
            prefix=installation.settings.key_prefix, peppers=installation.peppers, site=site,
        )  # fmt: skip
    match issued:
        case Refused():
            refuse(issued)
        case Issued(key, token):
            answer = {"public_id": key.public_id, "token": str(token)}
            click.echo(json.dumps(answer) if as_json else str(token))


@keys.command("revoke")
@click.argument("public_id")
@click.option("--reason", help="Shown to the owner and kept in the audit trail.")
def revoke(public_id: str, reason: str | None) -> None:
    """Stop the key PUBLIC_ID for good."""
    with acting() as session:
        was_living = lifecycle.revoke(session, SHELL, _key_of(session, public_id), reason)
    click.echo(f"Revoked {public_id}." if was_living else f"{public_id} was revoked before.")


@keys.command("pause")
@click.argument("public_id")
def pause(public_id: str) -> None:
    """Refuse requests with the key PUBLIC_ID until it is resumed."""
    _stop_or_go(public_id, lifecycle.pause)
    click.echo(f"Paused {public_id}.")


@keys.command("resume")
@click.argument("public_id")
def resume(public_id: str) -> None:
    """Let the key PUBLIC_ID work again."""
    _stop_or_go(public_id, lifecycle.resume)
    click.echo(f"Resumed {public_id}.")


def _stop_or_go(public_id: str, job: Callable[[Session, Actor, Key], Refused | None]) -> None:
    with acting() as session:
        refusal = job(session, SHELL, _key_of(session, public_id))
    if refusal is not None:
        refuse(refusal)


def _key_of(session: Session, public_id: str) -> Key:
    return finder.by_public_id(session, public_id) or fail(f"No key has the public id {public_id}.")
