"""Session keys: keys that live as long as the sign-in in which they were made."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts import sessions
from portal.accounts.models import SignIn
from portal.audit.events import Actor
from portal.errors import Refused
from portal.keys import lifecycle
from portal.keys.issuing import AlreadyIssued, Issued, Wanted
from portal.keys.models import Key
from portal.keys.numbered import issue_numbered
from portal.keys.peppers import Peppers
from portal.policy.data_access import DataAccess, Level
from portal.policy.policy import Policy
from portal.site.settings import SiteSettings

KIND = "session"
ENDED = "Its sign-in has ended."


def rules(site: SiteSettings) -> Policy:
    """Return what a session key may do: all that its person may, from native clients, data included."""
    return replace(site.new_policy(), data=DataAccess(Level.WRITE))


def issue(
    session: Session, by: Actor, sign_in: SignIn, name: str, *, prefix: str, peppers: Peppers, site: SiteSettings,
    form_id: str | None = None,
) -> Issued | AlreadyIssued | Refused:  # fmt: skip
    """Make a key that ends with `sign_in`; where `name` is taken, a number is added. Refuses as `issuing.issue` does.

    Refuses with `sign-in-ended` when somebody has signed out meanwhile.
    """
    if not sessions.is_open(sign_in):
        return Refused("sign-in-ended")
    ends = min(sessions.longest(sign_in), site.longest(clock.now()))
    wanted = Wanted(name, rules(site), ends, kind=KIND, sign_in_id=sign_in.id, form_id=form_id)
    return issue_numbered(session, by, sign_in.person, wanted, prefix=prefix, peppers=peppers, site=site)


def end_with(session: Session, by: Actor, sign_in: SignIn) -> None:
    """Revoke the keys of a sign-in that has ended; the judge refuses them in any case."""
    for key in session.scalars(select(Key).where(Key.sign_in_id == sign_in.id, Key.revoked_at.is_(None))):
        lifecycle.stop(session, by, key, ENDED)


def end_overdue(session: Session, before: datetime, limit: int) -> int:
    """Revoke up to `limit` session keys whose sign-in was over before `before`; return how many."""
    over = or_(SignIn.ended_at < before, SignIn.ends_at < before)
    keys = select(Key).join(SignIn, SignIn.id == Key.sign_in_id).where(Key.revoked_at.is_(None), over).limit(limit)
    ended = session.scalars(keys).all()
    for key in ended:
        lifecycle.stop(session, Actor(key.owner.email, key.owner_id), key, ENDED)
    return len(ended)
