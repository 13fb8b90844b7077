"""An owner's keys in the order in which they were made, for programs that read them all."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.keys.models import Key


def newest(session: Session, owner_id: int, limit: int, offset: int) -> tuple[list[Key], int]:
    """Return up to `limit` keys after the first `offset`, the newest first, and how many there are; none deleted."""
    conditions = (Key.owner_id == owner_id, Key.hidden_at.is_(None))
    rows = select(Key).where(*conditions).order_by(Key.created_at.desc(), Key.id.desc()).limit(limit).offset(offset)
    total = session.scalar(select(func.count()).select_from(Key).where(*conditions)) or 0
    return list(session.scalars(rows)), total
