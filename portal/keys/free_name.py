"""A name that a key of a person can have."""

from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.models import Person
from portal.errors import Refused
from portal.keys.lifetime import lasts_beyond
from portal.keys.models import Key
from portal.keys.names import InvalidName, clean_name, fold_name
from portal.site.settings import SiteSettings


def free_name(session: Session, owner_id: int, text: str, site: SiteSettings, but: Key | None = None) -> str | Refused:
    """Return the cleaned name, or why it cannot be had: it is unique among the owner's living keys.

    Refuses with name-empty, name-too-long, name-unprintable, name-secret, or name-taken (detail: `key`).
    """
    try:
        name = clean_name(text)
    except InvalidName as error:
        return Refused(f"name-{error.reason}")
    # Two writers at once: SQLite has one writer; elsewhere the owner's row is what they queue for.
    session.execute(select(Person.id).where(Person.id == owner_id).with_for_update())
    holder: Any = holder_of(session, owner_id, name, site, but)
    return Refused("name-taken", {"key": holder}) if holder is not None else name


def holder_of(session: Session, owner_id: int, name: str, site: SiteSettings, but: Key | None = None) -> Key | None:
    """Return the owner's living key of that name, in any spelling of it; one without a secret yet lives too."""
    lives = or_(Key.secret_made_at.is_(None), lasts_beyond(clock.now(), site))
    named = select(Key).where(
        Key.owner_id == owner_id, Key.name_folded == fold_name(name), Key.revoked_at.is_(None), lives
    )
    return session.scalars(named.where(Key.id != but.id) if but else named).first()
