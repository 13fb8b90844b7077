"""Journal and database agree on which keys are revoked: what either of them knows holds for both.

They part when a disk was full for one of them, when a process was killed between the two, or when somebody put an old
database file in place by hand. A key that either calls revoked is revoked.
"""

from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.audit.events import PORTAL, Actor
from portal.keys import finder, journal
from portal.keys.lifecycle import revoke
from portal.keys.models import Key
from portal.keys.peppers import Peppers

_WHY = "The journal of revocations says so."


def reconcile(session: Session, path: Path, peppers: Peppers) -> list[Key]:
    """Add to the journal at `path` what it lacks, and revoke what it alone knows; return the keys that this revoked.

    A journal of another installation says nothing of this one's keys and is left as it is.
    """
    if not journal.is_own(path, peppers):
        return []
    noted = journal.read(path)
    revoked = set(session.scalars(select(Key.public_id).where(Key.revoked_at.is_not(None))))
    journal.add(path, sorted(revoked.difference(noted)))
    return revoke_all(session, PORTAL, (public_id for public_id in noted if public_id not in revoked), _WHY)


def revoke_all(session: Session, by: Actor, public_ids: Iterable[str], why: str) -> list[Key]:
    """Revoke the keys of these public ids that are here and not revoked; return them."""
    found = (finder.by_public_id(session, public_id) for public_id in public_ids)
    return [key for key in found if key is not None and revoke(session, by, key, why)]
