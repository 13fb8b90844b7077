"""`flask audit`: the audit trail from the shell."""

import click
from flask.cli import AppGroup

from portal.audit import trail
from portal.cli.shell import fail, prepare
from portal.web.unit_of_work import reading

audit = AppGroup("audit", help="Look after the audit trail.")


@audit.command("verify")
def verify() -> None:
    """Check that no entry was altered, removed or put in another place."""
    prepare()
    broken = trail.find_break(reading())
    if broken is not None:
        fail(f"Entry {broken.seq} {broken.why}.")
    click.echo("OK: the audit trail is whole.")
