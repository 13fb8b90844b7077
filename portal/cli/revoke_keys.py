"""`flask keys revoke`: one key, or many at once."""

import sys

import click
from flask.cli import with_appcontext

from portal.audit.events import SHELL
from portal.cli.shell import acting, fail
from portal.keys import finder, long_acts
from portal.keys.reason import REASON_LIMIT, InvalidReason, clean_reason
from portal.web.long_acts import carry_out


@click.command("revoke")
@click.argument("public_ids", metavar="PUBLIC_ID…", nargs=-1, required=True)
@click.option("--reason", help="Shown to the owners and kept in the audit trail.")
@with_appcontext
def revoke(public_ids: tuple[str, ...], reason: str | None) -> None:
    """Stop the keys PUBLIC_ID… for good: all of them, or none where one is unknown.

    A single - reads public ids from standard input.
    """
    if public_ids == ("-",):
        public_ids = tuple(sys.stdin.read().split())
    try:
        shown = clean_reason(reason)
    except InvalidReason:
        fail(f"A reason has at most {REASON_LIMIT} characters, all of them visible.")
    with acting() as session:
        found = {public_id: finder.by_public_id(session, public_id) for public_id in public_ids}
        for public_id, key in found.items():
            if key is None:
                fail(f"No key has the public id {public_id}.")
        living = [key for key in found.values() if key is not None and key.revoked_at is None]
        number = long_acts.begin(session, SHELL, "revoke", [key.id for key in living], shown)
    carry_out(number)
    stopped = {key.public_id for key in living}
    for public_id in found:
        click.echo(f"Revoked {public_id}." if public_id in stopped else f"{public_id} was revoked before.")
