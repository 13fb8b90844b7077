"""`flask formats`: config files of the site's own."""

from typing import TextIO

import click
from flask.cli import AppGroup

from portal.audit.events import SHELL
from portal.cli.shell import acting, fail, refuse
from portal.downloads import added
from portal.downloads.formats import FORMATS, QUOTES, VARIABLES
from portal.downloads.wanted import WantedFormat

formats = AppGroup("formats", help="Add formats of config files, list them, remove them.")


@formats.command("add", epilog=f"Variables: {', '.join(VARIABLES)}. Write $$ for a dollar sign.")
@click.argument("slug")
@click.option("--file-name", required=True, help="What the file is called when it is saved.")
@click.option("--about", default="", help="Where the file goes, as people read it beside the button.")
@click.option(
    "--quote", "quoting", default="json", show_default=True, help=f"How values are quoted: {', '.join(QUOTES)}."
)
@click.option(
    "--text", "text", type=click.File(encoding="utf-8"), required=True, help="A file with ${variables}; - is stdin."
)
def add(slug: str, file_name: str, about: str, quoting: str, text: TextIO) -> None:
    """Offer a format under SLUG, made of a text with ${variables}."""
    wanted = WantedFormat(slug, file_name, about, quoting, _read(text))
    with acting() as session:
        refusal = added.add(session, SHELL, wanted)
    if refusal is not None:
        refuse(refusal)
    click.echo(f"Added {slug}.")


@formats.command("list")
def show_all() -> None:
    """Print every format: its slug, its file, and whether it was added."""
    with acting() as session:
        for slug, entry in added.all_formats(session).items():
            click.echo(f"{slug} {entry.file_name}{'' if slug in FORMATS else ' (added)'}")


@formats.command("remove")
@click.argument("slug")
def remove(slug: str) -> None:
    """Offer the added format SLUG no more."""
    with acting() as session:
        is_gone = added.remove(session, SHELL, slug)
    if not is_gone:
        fail(f"No format named {slug} was added.")
    click.echo(f"Removed {slug}.")


def _read(text: TextIO) -> str:
    try:
        return text.read()
    except UnicodeDecodeError:
        fail("The text is not UTF-8.")
