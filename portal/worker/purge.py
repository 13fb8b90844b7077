"""What is deleted when it is old enough. The ages are stated in docs/architecture.md."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.forget import forget_invitations, forget_tries
from portal.handover.forget import forget_codes
from portal.keys.forget import forget_changes, forget_ended_secrets, forget_quotas, forget_sign_ins
from portal.keys.session_keys import end_overdue
from portal.usage import forget as usage
from portal.web.unit_of_work import writing

BATCH = 500

Forget = Callable[[Session, datetime, int], int]
AGES: tuple[tuple[Forget, timedelta], ...] = (
    (forget_tries, timedelta(days=1)),
    (forget_sign_ins, timedelta(days=30)),
    (forget_invitations, timedelta(days=30)),
    (usage.forget_access, usage.ACCESS_KEPT),
    (usage.fold_hours, usage.HOURS_KEPT),
    (usage.forget_days, usage.DAYS_KEPT),
    (usage.forget_refusals, usage.REFUSALS_KEPT),
    (usage.forget_networks, usage.PLACES_KEPT),
    (usage.forget_addresses, usage.PLACES_KEPT),
    (forget_ended_secrets, timedelta(days=90)),
    (forget_quotas, timedelta(days=2)),
    (forget_codes, timedelta(days=30)),
    (forget_changes, timedelta(0)),
    (end_overdue, timedelta(0)),
)


def purge() -> bool:
    """Delete one batch of everything that is too old; return whether there may be more."""
    gone = [_purge_one(forget, age) for forget, age in AGES]
    return BATCH in gone


def _purge_one(forget: Forget, age: timedelta) -> int:
    with writing() as session:
        return forget(session, clock.now() - age, BATCH)
