"""`flask keys hand-over`: keys of somebody who leaves, for a colleague."""

import click
from flask.cli import with_appcontext

from portal.audit.events import SHELL
from portal.cli.shell import acting, fail, refuse
from portal.errors import Refused
from portal.handover.codes import got_by_apps
from portal.keys import finder
from portal.keys.hand_over import MOST_AT_ONCE, HandedOver, hand_over
from portal.site import change
from portal.web.pasted import without_secret
from portal.web.sentences import explain


@click.command("hand-over")
@click.argument("public_ids", metavar="PUBLIC_ID…", nargs=-1, required=True)
@click.option("--to", "email", metavar="EMAIL", required=True, help="The colleague: a living account.")
@with_appcontext
def hand_over_keys(public_ids: tuple[str, ...], email: str) -> None:
    """Give the keys PUBLIC_ID… to a colleague. Each keeps its secret, rules and public id; both people are told.

    At most 1,000 go at once. A key of somebody whose account is disabled is paused, for the colleague to resume.
    """
    with acting() as session:
        found = {public_id: finder.by_public_id(session, public_id) for public_id in map(without_secret, public_ids)}
        for public_id, key in found.items():
            if key is None:
                fail(f"No key has the public id {public_id}.")
        keys = [key for key in found.values() if key is not None]
        site, of_apps = change.current(session), got_by_apps(session, keys)
        answer = hand_over(session, SHELL, keys, email, of_apps=of_apps, site=site)
    if isinstance(answer, Refused):
        refuse(answer)
    _say(answer)


def _say(answer: HandedOver) -> None:
    for key in answer.keys:
        paused = " It is paused, as its earlier owner is disabled." if key in answer.paused else ""
        click.echo(f"Handed over {key.public_id} to {answer.to.email} as “{key.name}”.{paused}")
    for key, reason in ((one.key, one.reason) for one in answer.left):
        click.echo(f"{key.public_id} stays: {explain(Refused(reason))}", err=True)
    for key in answer.waiting:
        click.echo(f"{key.public_id} is left: at most {MOST_AT_ONCE:,} go at once. Name it once more.", err=True)
