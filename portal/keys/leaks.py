"""Secrets that were sent in an address, and that still work."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal import clock
from portal.keys.models import Key, KeySecret, SecretLeak


class Leak(NamedTuple):
    """A key that was sent in an address: when and from where it was last, how often, and when that secret ends."""

    key: Key
    at: datetime
    address: str | None
    calls: int
    secret_ends: datetime | None


def living_leaks(session: Session, owner_id: int, key: Key | None = None) -> list[Leak]:
    """Return the leaks of a person's keys, or of one `key`, the newest first. A secret that has ended harms nobody."""
    works = or_(KeySecret.ends_at.is_(None), KeySecret.ends_at > clock.now())
    found = (
        select(Key, SecretLeak.at, SecretLeak.address, SecretLeak.calls, KeySecret.ends_at)
        .join(SecretLeak, SecretLeak.key_id == Key.id)
        .join(KeySecret, KeySecret.digest == SecretLeak.digest)
        .where(Key.owner_id == owner_id, Key.revoked_at.is_(None), works)
        .order_by(SecretLeak.at.desc())
    )
    if key is not None:
        found = found.where(Key.id == key.id)
    return [Leak._make(row) for row in session.execute(found)]
