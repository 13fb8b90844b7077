"""What accounts forget with time, a few rows at once so that no writer waits long."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.accounts.models import SignInTry


def forget_tries(session: Session, before: datetime, limit: int) -> int:
    """Delete up to `limit` failed tries that are older than `before`; return how many went."""
    old = select(SignInTry.id).where(SignInTry.at < before).order_by(SignInTry.at).limit(limit)
    return len(session.scalars(delete(SignInTry).where(SignInTry.id.in_(old)).returning(SignInTry.id)).all())
