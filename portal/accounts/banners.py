"""Banners: what a person must be told on their API credentials page, until they dismiss it."""

import json
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.models import Banner, Person
from portal.audit import trail
from portal.audit.events import Actor, Event


def tell(session: Session, person_id: int, kind: str, **body: Any) -> None:
    """Put up a banner of `kind`; `body` is what its sentence needs, and never a secret."""
    session.add(Banner(person_id=person_id, kind=kind, body=json.dumps(body), made_at=clock.now()))


def shown(session: Session, person: Person) -> list[Banner]:
    """Return the banners that `person` has not dismissed, newest first."""
    open_ones = select(Banner).where(Banner.person_id == person.id, Banner.dismissed_at.is_(None))
    return list(session.scalars(open_ones.order_by(Banner.id.desc())))


def dismiss(session: Session, by: Actor, person: Person, banner_id: int) -> bool:
    """Take a banner of `person` down; False when they have none of that id."""
    banner = session.scalars(select(Banner).where(Banner.id == banner_id, Banner.person_id == person.id)).one_or_none()
    if banner is None:
        return False
    if banner.dismissed_at is None:
        banner.dismissed_at = clock.now()
        trail.record(session, Event.BANNER_DISMISSED, by, str(banner.id), kind=banner.kind)
    return True
