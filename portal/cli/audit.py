"""`flask audit`: the audit trail from the shell."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import click
from flask.cli import AppGroup

from portal.accounts import membership
from portal.audit import finder
from portal.audit.chain import Break, Checked, length
from portal.audit.events import Event
from portal.audit.finder import Search
from portal.cli.shell import fail, prepare
from portal.web.audit_words import ACTORS, COLUMNS, break_words
from portal.web.chain_walk import walk
from portal.web.exports import Form, in_short_reads, lines
from portal.web.pasted import days, without_secret
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
@click.option("--event", default="", help="What happened, as key:revoked.")
@click.option("--subject", default="", metavar="TEXT", help="On what: a public id or an e-mail.")
@click.option("--actor", default="", metavar="EMAIL", help="Who did it: an e-mail, or shell.")
@click.option("--format", "form", type=_FORMS, default=Form.JSON_LINES.value, show_default=True)
def export(*, first: str, last: str, event: str, subject: str, actor: str, form: str) -> None:
    """Write the entries to stdout, oldest first, with the hashes that chain them."""
    wrong: set[str] = set()
    since, until = days(first, last, wrong)
    if wrong:
        fail(f"--{sorted(wrong)[0]} is no day as 2026-11-21, or one before the first.")
    if event and event not in set(Event):
        fail(f"There is no event {without_secret(event)}.")
    prepare()
    search = replace(_about(without_secret(subject), actor), event=event or None, since=since, until=until)
    read = partial(finder.in_order, search=search)
    entries = in_short_reads(lambda session, after: read(session, after=after))
    for text in lines(Form(form), COLUMNS, (finder.plain(entry) for entry in entries)):
        click.echo(text, nl=False)


def _about(subject: str, actor: str) -> Search:
    """Return what looks for the subject, and for what the person did in whatever way, or else for that text."""
    meant, who = (membership.by_email(reading(), text) if text else None for text in (subject, actor))
    text = actor.lower() if actor.lower() in ACTORS else actor
    return Search(
        subject=(meant.email if meant else subject) or None,
        actor=None if who else text or None, actor_id=who.id if who else None,
    )  # fmt: skip


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
