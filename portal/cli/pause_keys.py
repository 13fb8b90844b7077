"""`flask keys pause` and `resume`: one key, or many at once."""

from collections.abc import Sequence

import click
from flask.cli import with_appcontext

from portal.audit.events import SHELL
from portal.cli.public_ids import look_up, typed_ids, typed_reason
from portal.cli.shell import acting, fail, in_one_line
from portal.errors import Refused
from portal.keys import lifecycle, long_acts
from portal.keys.finder import Standing
from portal.keys.models import Key
from portal.web.long_acts import carry_out, decide
from portal.web.sentences import explain


@click.command("pause")
@click.argument("public_ids", metavar="PUBLIC_ID…", nargs=-1, required=True)
@click.option("--reason", help="Shown to the owners and kept in the audit trail.")
@with_appcontext
def pause(public_ids: tuple[str, ...], reason: str | None) -> None:
    """Refuse requests with the keys PUBLIC_ID… until they are resumed: all of them, or none where one is revoked.

    A single - reads public ids from standard input. Keys that have ended, or that nobody got yet, stay as they are.
    """
    shown = typed_reason(reason)
    found = _living(typed_ids(public_ids))
    running = [key.id for key in found.values() if key.paused_at is None]
    with in_one_line():
        carry_out(decide(SHELL, "pause", running, shown))
    now = look_up(list(found))
    for public_id, key in found.items():
        click.echo(_told(public_id, was_paused=bool(key.paused_at), is_paused=bool(now[public_id].paused_at)))


@click.command("resume")
@click.argument("public_ids", metavar="PUBLIC_ID…", nargs=-1, required=True)
@with_appcontext
def resume(public_ids: tuple[str, ...]) -> None:
    """Let the keys PUBLIC_ID… work again: all of them, or none where one is revoked.

    A single - reads public ids from standard input.
    """
    found = _living(typed_ids(public_ids))
    names = list(found)
    for start in range(0, len(names), long_acts.IN_A_SLICE):
        _resume(names[start : start + long_acts.IN_A_SLICE], found)


def _resume(public_ids: Sequence[str], found: dict[str, Standing]) -> None:
    with acting() as session:
        refusals = [lifecycle.resume(session, SHELL, session.get_one(Key, found[name].id)) for name in public_ids]
    for public_id, refusal in zip(public_ids, refusals, strict=True):
        click.echo(f"{public_id}: {explain(refusal)}" if refusal else f"Resumed {public_id}.", err=bool(refusal))


def _living(public_ids: Sequence[str]) -> dict[str, Standing]:
    """Return how the keys stand, or end the command where one is unknown or revoked."""
    found = look_up(public_ids)
    for public_id, key in found.items():
        if key.revoked_at is not None:
            sentence = explain(Refused("revoked"))
            fail(sentence if len(found) == 1 else f"{public_id}: {sentence}")
    return found


def _told(public_id: str, *, was_paused: bool, is_paused: bool) -> str:
    if was_paused:
        return f"{public_id} was paused before."
    return f"Paused {public_id}." if is_paused else f"{public_id} stays as it is: it has ended, or nobody got it yet."
