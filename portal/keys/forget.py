"""What can be forgotten once no key leans on it."""

from datetime import datetime

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from portal.accounts.models import SignIn
from portal.keys.models import Key


def forget_sign_ins(session: Session, before: datetime, limit: int) -> int:
    """Delete up to `limit` sign-ins that were over before `before` and gave no key its life; return how many went."""
    leaned_on = select(Key.sign_in_id).where(Key.sign_in_id.is_not(None))
    over = or_(SignIn.ended_at < before, SignIn.ends_at < before)
    old = select(SignIn.id).where(over, SignIn.id.not_in(leaned_on)).limit(limit)
    return len(session.scalars(delete(SignIn).where(SignIn.id.in_(old)).returning(SignIn.id)).all())
