"""`flask audit`: the audit trail from the shell."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import click
from flask.cli import AppGroup

from portal.audit import finder
from portal.audit.chain import Break, Checked, length
from portal.audit.finder import Search
from portal.cli.shell import fail, prepare
from portal.web.audit_words import COLUMNS, break_words
from portal.web.chain_walk import walk
from portal.web.exports import Form, in_short_reads, lines
from portal.web.pasted import days
from portal.web.unit_of_work import reading

_FORMS = click.Choice([form.value for form in Form])

audit = AppGroup("audit", help="Look after the audit trail.")


@audit.command("verify")
def verify() -> None:
    """Check that no entry was altered, removed or put in another place."""
    prepare()
    checked = Checked()
    with _progress(length(reading())) as show:
        for found in walk():
            if isinstance(found, Break):
                fail(break_words(found))
            show(found.seq - checked.seq)
            checked = found
    click.echo(f"OK: the audit trail is whole, all {checked.seq} entries of it.")


@audit.command("export")
@click.option("--from", "first", default="", metavar="DAY", help="The first day, in UTC, as 2026-11-21.")
@click.option("--to", "last", default="", metavar="DAY", help="The last day.")
@click.option("--format", "form", type=_FORMS, default=Form.JSON_LINES.value, show_default=True)
def export(first: str, last: str, form: str) -> None:
    """Write the entries to stdout, oldest first, with the hashes that chain them."""
    wrong: set[str] = set()
    since, until = days(first, last, wrong)
    if wrong:
        fail(f"--{sorted(wrong)[0]} is no day as 2026-11-21, or one before the first.")
    prepare()
    read = partial(finder.in_order, search=Search(since=since, until=until))
    entries = in_short_reads(lambda session, after: read(session, after=after))
    for text in lines(Form(form), COLUMNS, (finder.plain(entry) for entry in entries)):
        click.echo(text, nl=False)


@contextmanager
def _progress(total: int) -> Iterator[partial[None]]:
    """Give what to call with the number of entries that were checked; draws a bar where somebody watches."""
    if not sys.stderr.isatty():
        yield partial(_nothing)
        return
    with click.progressbar(length=total, label="Checking", file=sys.stderr) as bar:
        yield partial(bar.update)


def _nothing(_count: int) -> None:
    pass
