"""Connected apps: added and removed by an admin; each proves with a secret of its own that it is the one."""

import hmac
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import clock
from portal.audit import trail
from portal.audit.events import Actor, Event
from portal.errors import Refused
from portal.handover.launch import InvalidLaunch, clean_launch
from portal.handover.models import ConnectedApp
from portal.keys.names import InvalidName, clean_name, fold_name
from portal.keys.peppers import Peppers
from portal.keys.token import Token, mint
from portal.policy.policy import Policy
from portal.site.settings import DAY, SiteSettings

KIND = "app"
SHORTEST, LONGEST = timedelta(minutes=5), 7 * DAY


@dataclass(frozen=True, slots=True)
class Added:
    """An app that was just added, with its secret: the only time that it is shown."""

    app: ConnectedApp
    secret: Token


@dataclass(frozen=True, slots=True)
class WantedApp:
    """What a new app is called, where it is, what its keys may do, and how long they live."""

    name: str
    launch_url: str
    policy: Policy
    lifetime: timedelta


def add(
    session: Session, by: Actor, wanted: WantedApp, *, prefix: str, peppers: Peppers, site: SiteSettings
) -> Added | Refused:
    """Connect an app.

    Refuses with name-empty and its kin, app-exists, app-address, app-lifetime, or what is beyond the site's ceiling.
    """
    try:
        name = clean_name(wanted.name)
        launch_url = clean_launch(wanted.launch_url)
    except InvalidName as error:
        return Refused(f"name-{error.reason}")
    except InvalidLaunch:
        return Refused("app-address")
    if not SHORTEST <= wanted.lifetime <= min(LONGEST, site.longest_days * DAY):
        return Refused("app-lifetime")
    if any(fold_name(app.name) == fold_name(name) for app in living(session)):
        return Refused("app-exists")
    secret = mint(prefix, KIND)
    app = ConnectedApp(
        public_id=secret.public_id, name=name, launch_url=launch_url, secret_digest=peppers.digests(str(secret))[0][1],
        policy=wanted.policy.to_text(), lifetime_minutes=wanted.lifetime // timedelta(minutes=1),
        created_at=clock.now(),
    )  # fmt: skip
    session.add(app)
    session.flush()
    rules = wanted.policy.plain()
    trail.record(session, Event.APP_ADDED, by, app.public_id, name=name, launch=launch_url, rules=rules)
    return Added(app, secret)


def living(session: Session) -> list[ConnectedApp]:
    """Return all apps that are connected, by name."""
    return list(
        session.scalars(select(ConnectedApp).where(ConnectedApp.removed_at.is_(None)).order_by(ConnectedApp.name))
    )


def find(session: Session, public_id: str) -> ConnectedApp | None:
    """Return the connected app of that public id."""
    wanted = select(ConnectedApp).where(ConnectedApp.public_id == public_id, ConnectedApp.removed_at.is_(None))
    return session.scalars(wanted).one_or_none()


def authenticate(session: Session, peppers: Peppers, public_id: str, secret: str) -> ConnectedApp | None:
    """Return the app that knows this secret, or None: it takes as long whether or not there is such an app."""
    app = find(session, public_id)
    expected = app.secret_digest if app else bytes(32)
    knows = [hmac.compare_digest(digest, expected) for _number, digest in peppers.digests(secret)]
    return app if app is not None and any(knows) else None


def remove(session: Session, by: Actor, app: ConnectedApp) -> None:
    """Disconnect an app: it gets no more keys. Those that it has live on until they expire or are revoked."""
    app.removed_at = clock.now()
    trail.record(session, Event.APP_REMOVED, by, app.public_id, name=app.name)
