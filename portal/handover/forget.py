"""One-time codes that are long over."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.handover.models import AppCode


def forget_codes(session: Session, before: datetime, limit: int) -> int:
    """Delete up to `limit` codes that ended before `before`; return how many went."""
    old = select(AppCode.digest).where(AppCode.ends_at < before).limit(limit)
    return len(session.scalars(delete(AppCode).where(AppCode.digest.in_(old)).returning(AppCode.digest)).all())
