"""`flask keys list`: the keys of the whole server, sifted as on the admins' page, read a stretch at a time."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import click
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from portal.cli.shell import fail, person_of, prepare
from portal.keys import export
from portal.keys.status import Status
from portal.keys.token import KIND_LETTERS
from portal.site import change
from portal.web.exports import in_short_reads
from portal.web.key_sieve import read_sieve
from portal.web.pasted import without_secret
from portal.web.unit_of_work import reading

_SHOWN = ("public_id", "name", "owner", "kind", "status", "last_used", "last_used_from", "expires", "created")


@click.command("list")
@click.option("--find", default="", metavar="TEXT", help="Whose name or public id begins with this.")
@click.option("--owner", default="", metavar="EMAIL", help="Whose owner has just this e-mail.")
@click.option("--status", default="", metavar="STATUS", help=f"{', '.join(status.value for status in Status)}.")
@click.option("--kind", default="", metavar="KIND", help=f"{', '.join(KIND_LETTERS)}; session keys are listed only so.")
@click.option(
    "--unused-since", default="", metavar="90d", help="Not used for so many days; d for days is the only unit."
)
@click.option("--expires-before", default="", metavar="DAY", help="Which end before that day.")
@click.option("--address", default="", help="Last used from this address, network or beginning of one.")
@click.option("--ids", is_flag=True, help="Print public ids alone, as `flask keys revoke -` reads them.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, an object a line.")
@with_appcontext
def list_keys(*, ids: bool, as_json: bool, **options: str) -> None:
    """Print the keys of everyone, or those that the options let through."""
    fields = {
        "find": without_secret(options["find"]), "owner": options["owner"], "status": options["status"],
        "kind": options["kind"], "unused": options["unused_since"].removesuffix("d"),
        "before": options["expires_before"], "address": options["address"],
    }  # fmt: skip
    prepare()
    if options["owner"]:
        fields["owner"] = person_of(reading(), options["owner"]).email
    sieve, wrong = read_sieve(fields)
    for sentence in wrong.values():
        fail(sentence)

    def read(session: Session, after: int | None) -> tuple[Iterable[Mapping[str, Any]], int | None]:
        return export.stretch(session, sieve, change.current(session), after)

    for told in in_short_reads(read):
        click.echo(json.dumps(dict(told), ensure_ascii=False) if as_json else _line(told, ids=ids))


def _line(told: Mapping[str, Any], *, ids: bool) -> str:
    if ids:
        return str(told["public_id"])
    return "\t".join("never" if told[name] is None else str(told[name]) for name in _SHOWN)
