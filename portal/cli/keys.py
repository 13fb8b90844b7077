"""`flask keys`: keys from the shell."""

import json
from datetime import timedelta

import click
from flask.cli import AppGroup

from portal import clock
from portal.audit.events import SHELL
from portal.cli.shell import acting, fail, person_of, refuse
from portal.errors import Refused
from portal.keys import finder, lifecycle
from portal.keys.lifecycle import Issued
from portal.site.ceilings import Ceilings, end_of_day
from portal.web.portal import portal

CEILINGS = Ceilings()

keys = AppGroup("keys", help="Issue and revoke keys.")


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
        issued = lifecycle.issue(
            session, SHELL, person_of(session, email), name,
            expires_at=end_of_day(clock.now() + timedelta(days=days)),
            prefix=installation.settings.key_prefix, peppers=installation.peppers,
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
        key = finder.by_public_id(session, public_id)
        if key is None:
            fail(f"No key has the public id {public_id}.")
        was_living = lifecycle.revoke(session, SHELL, key, reason)
    click.echo(f"Revoked {public_id}." if was_living else f"{public_id} was revoked before.")
