"""`flask keys issue`: a new key from the shell, under the site's ceilings."""

import json
from dataclasses import replace
from typing import Any

import click
from flask.cli import with_appcontext

from portal.audit.events import SHELL
from portal.cli.rule_options import rule_options, take_rules
from portal.cli.shell import acting, person_of, refuse
from portal.cli.wishes import Wishes
from portal.errors import Refused
from portal.keys import issuing
from portal.keys.issuing import Issued
from portal.site import change
from portal.web.portal import portal


@click.command("issue")
@click.argument("email")
@click.option("--name", required=True, help="One for each application.")
@click.option("--kind", default="standard", show_default=True, help="standard, or management for the management API.")
@rule_options
@click.option("--not-before", help="When it begins to work, ISO 8601 in UTC.")
@click.option(
    "--expires-in", help="As 90d, in days only; it works on the whole of its last day (UTC). Default: as the site says."
)
@click.option("--no-expiry", is_flag=True, help="It works without end, where allowed.")
@click.option("--json", "as_json", is_flag=True, help="Print public_id and token as JSON.")
@with_appcontext
def issue(email: str, *, as_json: bool, **options: Any) -> None:
    """Make a key of EMAIL and print its token, which cannot be shown again."""
    rules, wishes, installation = take_rules(options), Wishes(**options), portal()
    with acting() as session:
        site = replace(change.current(session), new_keys=True)  # who has the shell made that rule, or may change it
        issued = issuing.issue(
            session, SHELL, person_of(session, email), wishes.wanted(rules.policy(site), site),
            prefix=installation.settings.key_prefix, peppers=installation.peppers, site=site,
        )  # fmt: skip
    match issued:
        case Refused():
            refuse(issued)
        case Issued(key, token):
            answer = {"public_id": key.public_id, "token": str(token)}
            click.echo(json.dumps(answer) if as_json else str(token))
