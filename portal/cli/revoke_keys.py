"""`flask keys revoke`: one key, or many at once."""

import click
from flask.cli import with_appcontext

from portal.audit.events import SHELL
from portal.cli.public_ids import look_up, typed_ids, typed_reason
from portal.cli.shell import in_one_line
from portal.web.long_acts import carry_out, decide


@click.command("revoke")
@click.argument("public_ids", metavar="PUBLIC_ID…", nargs=-1, required=True)
@click.option("--reason", help="Shown to the owners and kept in the audit trail.")
@with_appcontext
def revoke(public_ids: tuple[str, ...], reason: str | None) -> None:
    """Stop the keys PUBLIC_ID… for good: all of them, or none where one is unknown.

    A single - reads public ids from standard input.
    """
    shown = typed_reason(reason)
    found = look_up(typed_ids(public_ids))
    living = [key.id for key in found.values() if key.revoked_at is None]
    with in_one_line():
        carry_out(decide(SHELL, "revoke", living, shown))
    for public_id, key in found.items():
        click.echo(f"{public_id} was revoked before." if key.revoked_at else f"Revoked {public_id}.")
