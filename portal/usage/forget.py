"""What the access record forgets with time."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select, tuple_
from sqlalchemy.orm import Session

from portal.clock import to_milliseconds
from portal.usage.fold import MINUTE_MS
from portal.usage.models import Access

ACCESS_KEPT = timedelta(days=90)


def forget_access(session: Session, before: datetime, limit: int) -> int:
    """Delete up to `limit` access records that are older than `before`; return how many went."""
    identity = tuple_(Access.minute, Access.fold)
    old = select(Access.minute, Access.fold).where(Access.minute < to_milliseconds(before) // MINUTE_MS).limit(limit)
    return len(session.scalars(delete(Access).where(identity.in_(old)).returning(Access.minute)).all())
