"""A name that a key of a person can have."""

from typing import Any

from sqlalchemy import select
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
    living = select(Key).where(
        Key.owner_id == owner_id, Key.name_folded == fold_name(name), Key.revoked_at.is_(None),
        lasts_beyond(clock.now(), site),
    )  # fmt: skip
    holder: Any = session.scalars(living.where(Key.id != but.id) if but else living).first()
    return Refused("name-taken", {"key": holder}) if holder is not None else name
