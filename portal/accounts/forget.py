"""What accounts forget with time, a few rows at once so that no writer waits long."""

from datetime import datetime

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from portal.accounts.models import Invitation, SignInTry


def forget_tries(session: Session, before: datetime, limit: int) -> int:
    """Delete up to `limit` failed tries that are older than `before`; return how many went."""
    old = select(SignInTry.id).where(SignInTry.at < before).order_by(SignInTry.at).limit(limit)
    return len(session.scalars(delete(SignInTry).where(SignInTry.id.in_(old)).returning(SignInTry.id)).all())


def forget_invitations(session: Session, before: datetime, limit: int) -> int:
    """Delete up to `limit` invitations that were used or over before `before`, with their e-mails; return how many."""
    over = select(Invitation.id).where(or_(Invitation.used_at < before, Invitation.ends_at < before)).limit(limit)
    return len(session.scalars(delete(Invitation).where(Invitation.id.in_(over)).returning(Invitation.id)).all())
