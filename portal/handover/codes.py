"""Handing a person's key over to an app: a one-time code by way of their browser, exchanged from server to server.

As OAuth's authorization code (RFC 6749, section 4.1), without its choices: the app is known, its address is known, and
what its keys may do was decided when it was connected.
"""

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.models import Person
from portal.audit import trail
from portal.audit.events import Actor, Event
from portal.errors import Refused
from portal.handover.models import AppCode, ConnectedApp
from portal.keys import lifecycle, rules
from portal.keys.issuing import Issued, Wanted
from portal.keys.lifetime import lasts_beyond
from portal.keys.models import Key
from portal.keys.numbered import issue_numbered
from portal.keys.peppers import Peppers
from portal.policy.policy import Policy
from portal.site.settings import SiteSettings

LIFE = timedelta(seconds=60)
REPLAYED = "Its one-time code was used twice."


def begin(session: Session, by: Actor, person: Person, app: ConnectedApp, site: SiteSettings) -> str | Refused:
    """Return a code with which `app` can get a key of `person` within 60 seconds.

    Refuses with new-keys-off, and with no-living-key: as with Alveo, a person has a key of their own first.
    """
    if not site.new_keys:
        return Refused("new-keys-off")
    if not has_own_key(session, person, site):
        return Refused("no-living-key")
    code = secrets.token_urlsafe(32)
    session.add(AppCode(digest=_digest(code), app_id=app.id, person_id=person.id, ends_at=clock.now() + LIFE))
    session.flush()
    trail.record(session, Event.APP_OPENED, by, app.public_id, name=app.name, person=person.email)
    return code


def has_own_key(session: Session, person: Person, site: SiteSettings) -> bool:
    """Return whether the person has a living key that no app got."""
    handed_over = select(AppCode.key_id).where(AppCode.key_id.is_not(None), AppCode.person_id == person.id)
    own = select(Key.id).where(
        Key.owner_id == person.id, Key.revoked_at.is_(None), Key.secret_made_at.is_not(None), Key.kind != "session",
        lasts_beyond(clock.now(), site), Key.id.not_in(handed_over),
    )  # fmt: skip
    return session.scalars(own.limit(1)).first() is not None


def got_by_apps(session: Session, keys: Collection[Key]) -> set[int]:
    """Return the ids of those of `keys` that a connected app got."""
    ids = {key.id for key in keys}
    owners = {key.owner_id for key in keys}
    rows = session.scalars(select(AppCode.key_id).where(AppCode.person_id.in_(owners), AppCode.key_id.is_not(None)))
    return {key_id for key_id in rows if key_id in ids}


def exchange(
    session: Session, app: ConnectedApp, code: str, launch_url: str, *, address: str | None, prefix: str,
    peppers: Peppers, site: SiteSettings,
) -> Issued | Refused:  # fmt: skip
    """Make the key that `code` stands for; the keys of the same person that the app had before and that are over go.

    Refuses with new-keys-off, and with code-invalid, whatever is wrong with it. A code that comes a second time takes
    back the key that it made: one of the two who sent it has stolen it (RFC 6749, section 4.1.2).
    """
    by = Actor(f"app {app.public_id}", None, address)
    found = session.get(AppCode, _digest(code))
    if found is None or found.app_id != app.id or launch_url != app.launch_url or found.person.disabled_at is not None:
        return _refuse(session, by, app, "unknown")
    if not _use(session, found):
        _take_back(session, by, found)
        return _refuse(session, by, app, "used")
    if found.ends_at <= clock.now():
        return _refuse(session, by, app, "late")
    _tidy(session, found, site)
    wanted = Wanted(app.name, rules.under_ceiling(Policy.from_text(app.policy), site), _ends(app, site))
    by = Actor(f"{found.person.email} via {app.public_id}", found.person_id, address)
    issued = issue_numbered(session, by, found.person, wanted, prefix=prefix, peppers=peppers, site=site)
    if not isinstance(issued, Issued):
        return issued if isinstance(issued, Refused) else Refused("code-invalid")
    found.key_id = issued.key.id
    return issued


def _digest(code: str) -> bytes:
    return hashlib.sha256(code.encode("utf-8", "replace")).digest()  # 256 random bits need no pepper


def _refuse(session: Session, by: Actor, app: ConnectedApp, why: str) -> Refused:
    trail.record(session, Event.APP_REFUSED, by, app.public_id, name=app.name, why=why)
    return Refused("code-invalid")


def _use(session: Session, code: AppCode) -> bool:
    """Mark the code as used; False when it was already, also by somebody at this very moment."""
    unused = (AppCode.digest == code.digest, AppCode.used_at.is_(None))
    done: CursorResult[object] = session.execute(update(AppCode).where(*unused).values(used_at=clock.now()))  # type: ignore[assignment]
    return done.rowcount == 1


def _take_back(session: Session, by: Actor, code: AppCode) -> None:
    session.refresh(code)
    key = session.get(Key, code.key_id) if code.key_id else None
    if key is not None:
        lifecycle.revoke(session, by, key, REPLAYED)


def _tidy(session: Session, code: AppCode, site: SiteSettings) -> None:
    """Take the keys that the app had of the person off their list once they are over: one an hour would fill it."""
    earlier = select(AppCode.key_id).where(
        AppCode.app_id == code.app_id, AppCode.person_id == code.person_id, AppCode.key_id.is_not(None)
    )
    over = (Key.id.in_(earlier), Key.hidden_at.is_(None), ~lasts_beyond(clock.now(), site))
    session.execute(update(Key).where(*over).values(hidden_at=clock.now()).execution_options(synchronize_session=False))


def _ends(app: ConnectedApp, site: SiteSettings) -> datetime:
    moment = clock.now()
    return min(moment + timedelta(minutes=app.lifetime_minutes), site.longest(moment))
