"""How refused passwords stand in the trail."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import clock
from portal.audit import trail
from portal.audit.events import Actor, Event
from portal.audit.models import Audit

FOLD = timedelta(minutes=1)


def record_refusal(session: Session, event: Event, by: Actor, account: str, reason: str) -> None:
    """Leave one entry a minute for an account and address, so that a flood of guesses cannot fill the trail."""
    moment = clock.now()
    within = Audit.at > moment - FOLD, Audit.at <= moment  # a clock that was set back leaves some in the future
    # Said so that no index serves it but that of the times: behind one proxy, every entry has the same address.
    same = [
        column.concat("").is_not_distinct_from(value)
        for column, value in ((Audit.event, event), (Audit.subject, account), (Audit.address, by.address))
    ]
    earlier = select(Audit.seq).where(*same, *within)
    if session.scalar(earlier.limit(1)) is None:
        trail.record(session, event, by, account, reason=reason)
