"""`flask access`: what keys were used for, from the shell."""

from functools import partial

import click
from flask.cli import AppGroup

from portal.cli.public_ids import look_up
from portal.cli.shell import fail, person_of, prepare
from portal.usage import access_log
from portal.usage.access_log import Search
from portal.web.access_words import COLUMNS, plain
from portal.web.exports import Form, in_short_reads, lines
from portal.web.pasted import days, without_secret
from portal.web.unit_of_work import reading

_FORMS = click.Choice([form.value for form in Form])

access = AppGroup("access", help="Look through what keys were used for.")


@access.command("export")
@click.option("--key", default="", metavar="PUBLIC_ID", help="The calls with this key.")
@click.option("--person", default="", metavar="EMAIL", help="The calls with keys that were this person's.")
@click.option("--from", "first", default="", metavar="DAY", help="The first day, in UTC, as 2026-11-21.")
@click.option("--to", "last", default="", metavar="DAY", help="The last day.")
@click.option("--format", "form", type=_FORMS, default=Form.JSON_LINES.value, show_default=True)
def export(key: str, person: str, first: str, last: str, form: str) -> None:
    """Write the records of calls to stdout, by the minute, oldest first."""
    wrong: set[str] = set()
    since, until = days(first, last, wrong)
    if wrong:
        fail(f"--{sorted(wrong)[0]} is no day as 2026-11-21, or one before the first.")
    prepare()
    owner_id = person_of(reading(), person).id if person else None
    search = Search(owner_id=owner_id, key_id=_key_id(without_secret(key)), since=since, until=until)
    read = partial(access_log.in_order, search=search)
    records = in_short_reads(lambda session, after: read(session, after=after))
    for text in lines(Form(form), COLUMNS, map(plain, records)):
        click.echo(text, nl=False)


def _key_id(public_id: str) -> int | None:
    return look_up([public_id])[public_id].id if public_id else None
