"""`flask users list`: people by e-mail, read a page at a time."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import click
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from portal.accounts import directory
from portal.accounts.directory import Show, Wish
from portal.accounts.models import Person
from portal.cli.shell import fail, prepare
from portal.keys import of_person
from portal.site import change
from portal.site.settings import SiteSettings
from portal.web.exports import in_short_reads

PAGE = 500


@click.command("list")
@click.option("--search", default="", metavar="TEXT", help="Whose e-mail begins with this.")
@click.option("--disabled", is_flag=True, help="Only accounts that are disabled.")
@click.option("--admins", is_flag=True, help="Only administrators.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, an object a line.")
@with_appcontext
def list_users(search: str, *, disabled: bool, admins: bool, as_json: bool) -> None:
    """Print who has an account: e-mail, state, role, since when, living keys, when last seen."""
    if disabled and admins:
        fail("Say --disabled or --admins, not both.")
    show = Show.DISABLED if disabled else Show.ADMINS if admins else Show.ALL
    prepare()
    for told in _people(Wish(show, search)):
        click.echo(json.dumps(told, ensure_ascii=False) if as_json else _line(told))


def _line(told: dict[str, Any]) -> str:
    return "\t".join("never" if value is None else str(value) for value in told.values())


def _people(wish: Wish) -> Iterator[dict[str, Any]]:
    def read(session: Session, mark: str | None) -> tuple[list[dict[str, Any]], str | None]:
        page = directory.page(session, Wish(wish.show, wish.text, after=mark), PAGE)
        site = change.current(session)
        return _told(session, page.people, site), page.people[-1].email_folded if page.has_next else None

    return in_short_reads(read)


def _told(session: Session, people: Sequence[Person], site: SiteSettings) -> list[dict[str, Any]]:
    living = of_person.living_counts(session, [person.id for person in people], site)
    return [_one(person, living[person.id]) for person in people]


def _one(person: Person, living: int) -> dict[str, Any]:
    state = "disabled" if person.disabled_at else "active" if person.password_hash else "no-password"
    return {
        "email": person.email, "state": state, "role": "admin" if person.is_admin else "person",
        "since": _spelt(person.created_at), "living_keys": living, "last_seen": _spelt(person.last_seen_at),
    }  # fmt: skip


def _spelt(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")
