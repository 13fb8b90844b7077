"""What can be forgotten once no key leans on it."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, Text, and_, cast, delete, func, insert, or_, select, tuple_
from sqlalchemy.orm import Session

from portal.accounts.models import SignIn
from portal.keys.models import Key, KeyChange, KeySecret, Quota, SecretLastUsed, SecretLeak

CHANGES_KEPT = 10_000  # far more than a cache reads at once; one that is further behind forgets everything


def forget_changes(session: Session, _before: datetime, limit: int) -> int:
    """Delete up to `limit` entries of the log of changes that no cache reads any more; return how many went."""
    if session.get_bind().dialect.name == "postgresql":
        _begin_anew_where_restored(session)
        old = _finished_long_ago()
    else:
        old = _numbered_long_ago(session)
    gone = delete(KeyChange).where(KeyChange.seq.in_(old.limit(limit))).returning(KeyChange.seq)
    return len(session.scalars(gone).all())


def _numbered_long_ago(session: Session) -> Select[int]:
    newest = session.scalar(select(func.max(KeyChange.seq))) or 0
    return select(KeyChange.seq).where(KeyChange.seq <= newest - CHANGES_KEPT).order_by(KeyChange.seq)


def _finished_long_ago() -> Select[int]:
    """Select entries, oldest first, that none can follow with a lower number: a cache compares with the lowest."""
    kept = select(KeyChange.xid).where(KeyChange.xid.is_not(None)).order_by(KeyChange.xid.desc())
    oldest_kept = kept.offset(CHANGES_KEPT - 1).limit(1).scalar_subquery()
    is_old = and_(KeyChange.xid < oldest_kept, KeyChange.xid < _number(func.pg_snapshot_xmin(_SNAPSHOT)))
    return select(KeyChange.seq).where(is_old).order_by(KeyChange.xid)


def _begin_anew_where_restored(session: Session) -> None:
    """Delete what another server has numbered, which would be after everything for long; leave no log empty."""
    session.execute(delete(KeyChange).where(KeyChange.xid >= _number(func.pg_snapshot_xmax(_SNAPSHOT))))
    is_numbered = session.scalar(select(KeyChange.seq).where(KeyChange.xid.is_not(None)).limit(1))
    if is_numbered is None:
        session.execute(insert(KeyChange).values(xid=_number(func.pg_current_xact_id())))


def _number(transaction: ColumnElement[Any]) -> ColumnElement[int]:
    return cast(cast(transaction, Text), BigInteger)


_SNAPSHOT = func.pg_current_snapshot()


def forget_sign_ins(session: Session, before: datetime, limit: int) -> int:
    """Delete up to `limit` sign-ins that were over before `before` and gave no key its life; return how many went."""
    leaned_on = select(Key.sign_in_id).where(Key.sign_in_id.is_not(None))
    over = or_(SignIn.ended_at < before, SignIn.ends_at < before)
    old = select(SignIn.id).where(over, SignIn.id.not_in(leaned_on)).limit(limit)
    return len(session.scalars(delete(SignIn).where(SignIn.id.in_(old)).returning(SignIn.id)).all())


def forget_ended_secrets(session: Session, before: datetime, limit: int) -> int:
    """Delete up to `limit` secrets that ended before `before`, and what is known of their use; return how many went.

    A request with one of them is refused as unknown from then on, no longer as replaced.
    """
    old = session.scalars(select(KeySecret.digest).where(KeySecret.ends_at < before).limit(limit)).all()
    for rows in (SecretLastUsed, SecretLeak):
        session.execute(delete(rows).where(rows.digest.in_(old)))
    session.execute(delete(KeySecret).where(KeySecret.digest.in_(old)))
    return len(old)


def forget_quotas(session: Session, before: datetime, limit: int) -> int:
    """Delete up to `limit` counts of quotas whose day or month was over at `before`; return how many went."""
    is_day = func.length(Quota.window) == len("2026-11-21")
    over = or_(and_(is_day, Quota.window < f"{before:%Y-%m-%d}"), and_(~is_day, Quota.window < f"{before:%Y-%m}"))
    old = select(Quota.key_id, Quota.window).where(over).limit(limit)
    gone = delete(Quota).where(tuple_(Quota.key_id, Quota.window).in_(old)).returning(Quota.key_id)
    return len(session.scalars(gone).all())
